"""Attacks of roles that may do little: on functions that run as their owner, by planted objects, on tables of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

import thoughtsearch
from tests.postgres.rights import (
    BESIDE,
    BYPASSING,
    INSERT,
    NOBODY,
    OWNER,
    READER,
    SHAPES,
    TABLES,
    WRITER,
    owned,
    ready,
    role,
)
from tests.postgres.server import Server
from tests.postgres.tools import execute
from thoughtsearch.location import parse
from thoughtsearch.operations.doctor import Doctor

#: A table of the attacker's own, whose rows become thoughts by running a function of the attacker's.
CAST = (
    "CREATE TABLE bait (id bigint, note text)",
    "CREATE TABLE {role}_loot (who text, content text)",
    "GRANT ALL ON {role}_loot TO PUBLIC",
    "CREATE FUNCTION sprung(b bait) RETURNS ai_thought_history LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO public.{role}_loot SELECT current_user, thought_content FROM public.ai_thought_history; "
    "RETURN (SELECT h FROM public.ai_thought_history AS h LIMIT 1); END $$",
    "CREATE CAST (bait AS ai_thought_history) WITH FUNCTION sprung(bait) AS IMPLICIT",
    "CREATE TRIGGER sprung AFTER INSERT ON bait FOR EACH ROW EXECUTE FUNCTION thoughtsearch_follow()",
)
EMPTYING = (
    "CREATE TABLE emptied (id bigint)",
    "CREATE TRIGGER emptied AFTER TRUNCATE ON emptied EXECUTE FUNCTION thoughtsearch_follow()",
    "CREATE TRIGGER deleted AFTER DELETE ON emptied FOR EACH ROW EXECUTE FUNCTION thoughtsearch_follow()",
    "INSERT INTO emptied VALUES (1), (2), (3)",
)


@pytest.fixture(params=SHAPES)
def url(request: pytest.FixtureRequest, server: Server) -> Iterator[str]:
    """For its owner; the earlier one is upgraded."""
    with owned(server, request.param) as made:
        if request.param == "adopted earlier":
            ready(made)
        yield made


def found_ids(url: str, query: str = "lock") -> list[int]:
    with thoughtsearch.open(url) as store:
        return sorted(hit.id for hit in store.search(query))


def indexed(url: str) -> int:
    return int(execute(url, f"SELECT count(*) FROM {BESIDE}")[0][0])


def sprung(url: str) -> list[tuple[str, str]]:
    return execute(url, f"SELECT * FROM {NOBODY}_loot")


def spring(url: str) -> None:
    """What sets off the traps that were laid."""
    attacker = role(url, NOBODY)
    for attack in ("TRUNCATE emptied", "DELETE FROM emptied", "INSERT INTO bait VALUES (1, 'x')"):
        with contextlib.suppress(psycopg.Error):
            execute(attacker, attack)


@pytest.mark.parametrize("shape", ["found", "partitioned", "adopted earlier"])
def test_nobody_makes_a_trigger_of_our_function(server: Server, shape: str) -> None:
    with owned(server, shape) as url:
        if shape == "adopted earlier":
            ready(url)
        attacker = role(url, NOBODY)
        for statements in (EMPTYING[:2], [one.format(role=NOBODY) for one in CAST]):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="function thoughtsearch_follow"):
                execute(attacker, *statements)
        temporary = "CREATE TEMPORARY TABLE t (id int); CREATE TRIGGER t AFTER TRUNCATE ON t EXECUTE FUNCTION {}"
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="function thoughtsearch_follow"):
            execute(attacker, temporary.format("thoughtsearch_follow()"))
        assert (indexed(url), found_ids(url)) == (3, [1, 2, 3])


def test_triggers_that_were_planted_before_have_no_effect_any_more(server: Server) -> None:
    with owned(server, "adopted earlier") as url:
        execute(role(url, NOBODY), *EMPTYING)
        execute(role(url, NOBODY), *(one.format(role=NOBODY) for one in CAST))
        # So it was: the index is emptied, and the attacker's function reads the thoughts as their owner.
        assert indexed(url) == 3
        execute(role(url, NOBODY), "TRUNCATE emptied", EMPTYING[3])
        assert indexed(url) == 0
        spring(url)
        assert {who for who, _ in sprung(url)} == {OWNER}
        execute(url, f"DELETE FROM {NOBODY}_loot")
        ready(url)
        assert indexed(url) == 3
        execute(role(url, NOBODY), "INSERT INTO emptied VALUES (1), (2), (3)")
        spring(url)
        assert (indexed(url), sprung(url)) == (3, [])
        report = Doctor(parse(url)).examine()
        (finding, *others) = [one for one in report.findings if one.level == "finding"]
        assert "is none of ours" in finding.message
        assert "DROP TRIGGER deleted ON emptied" in str(finding.remedy)
        assert len(others) == 2


@pytest.mark.parametrize("shape", ["found", "partitioned", "adopted earlier"])
def test_who_may_write_thoughts_needs_no_right_to_what_keeps_the_index(server: Server, shape: str) -> None:
    with owned(server, shape) as url:
        if shape == "adopted earlier":
            ready(url)
        execute(url, f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ai_thought_history TO {WRITER}")
        writer = role(url, WRITER)
        execute(writer, INSERT + "(150, 1, 'another lock', NULL, 'x'), (4, 1, 'last', NULL, '')")
        assert found_ids(url) == [1, 2, 3, 150]
        execute(writer, "UPDATE ai_thought_history SET id = 151, thought_content = 'keys' WHERE id = 150")
        assert (found_ids(url), found_ids(url, "key")) == ([1, 2, 3], [151])
        execute(writer, "DELETE FROM ai_thought_history WHERE id IN (1, 151)")
        assert (found_ids(url), indexed(url)) == ([2, 3], 3)
        execute(writer, "TRUNCATE ai_thought_history")
        assert indexed(url) == 0


def test_the_owner_of_a_partition_runs_nothing_as_the_owner_of_the_thoughts(server: Server) -> None:
    with owned(server, "partitioned") as url:
        execute(url.replace(f"//{OWNER}@", "//postgres@"), f"ALTER TABLE late OWNER TO {NOBODY}")
        execute(
            role(url, NOBODY),
            *(one.format(role=NOBODY) for one in CAST[1:3]),
            CAST[3].format(role=NOBODY).replace("b bait", "b late"),
            CAST[4].replace("bait", "late"),
            "INSERT INTO late (id, ai_id, thought_content) VALUES (200, 1, 'a late lock')",
            "UPDATE late SET thought_content = 'a later lock'",
        )
        assert sprung(url) == []
        assert found_ids(url, "later") == [200]


def test_nobody_but_readers_reads_a_table_of_ours(url: str) -> None:
    tables = [*TABLES, *([BESIDE] if execute(url, f"SELECT to_regclass('{BESIDE}')")[0][0] else [])]
    for table in tables:
        for who in (NOBODY, WRITER):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                execute(role(url, who), f"SELECT * FROM {table}")
    for table in set(tables) - {"thoughtsearch_imported", "thoughtsearch_import_file"}:
        execute(role(url, BYPASSING), f"SELECT * FROM {table}")
    assert found_ids(role(url, READER)) == [1, 2, 3]


def test_rights_follow_those_to_the_thoughts(url: str) -> None:
    execute(url, f"REVOKE SELECT ON ai_thought_history FROM {READER}", f"GRANT SELECT ON ai_thought_history TO {WRITER}")
    ready(url)
    assert found_ids(role(url, WRITER)) == [1, 2, 3]
    execute(role(url, WRITER), "SELECT * FROM thoughtsearch_word")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(role(url, READER), "SELECT * FROM thoughtsearch_word")
    # Of some columns is not of the thoughts; of all of them is.
    execute(url, f"REVOKE SELECT ON ai_thought_history FROM {WRITER}")
    execute(url, f"GRANT SELECT (id, ai_id, created_at) ON ai_thought_history TO {WRITER}")
    ready(url)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(role(url, WRITER), "SELECT * FROM thoughtsearch_word")
    columns = execute(
        url,
        "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute "
        "WHERE attrelid = 'ai_thought_history'::regclass AND attnum > 0 AND NOT attisdropped",
    )[0][0]
    execute(url, f"GRANT SELECT ({columns}) ON ai_thought_history TO {WRITER}")
    ready(url)
    assert found_ids(role(url, WRITER)) == [1, 2, 3]
    # A role that is a member of a reader reads; everybody, where everybody may read the thoughts.
    execute(url.replace(f"//{OWNER}@", "//postgres@"), f"GRANT {WRITER} TO {NOBODY}")
    try:
        assert found_ids(role(url, NOBODY)) == [1, 2, 3]
    finally:
        execute(url.replace(f"//{OWNER}@", "//postgres@"), f"REVOKE {WRITER} FROM {NOBODY}")
    execute(url, "GRANT SELECT ON ai_thought_history TO PUBLIC")
    ready(url)
    assert found_ids(role(url, NOBODY)) == [1, 2, 3]
    execute(role(url, NOBODY), "SELECT * FROM thoughtsearch_word")
    execute(url, "REVOKE SELECT ON ai_thought_history FROM PUBLIC")
    ready(url)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(role(url, NOBODY), "SELECT * FROM thoughtsearch_word")


@pytest.mark.parametrize("shape", ["own", "found"])
def test_default_privileges_let_nobody_in(server: Server, shape: str) -> None:
    with owned(server, shape) as url:
        execute(
            url,
            f"DROP TABLE IF EXISTS {', '.join([*TABLES, BESIDE])} CASCADE",
            "DROP TABLE ai_thought_history",
            *(
                f"DROP FUNCTION {name} CASCADE"
                for (name,) in execute(
                    url, "SELECT oid::regprocedure::text FROM pg_proc WHERE starts_with(proname, 'thoughtsearch_')"
                )
            ),
            "DROP TEXT SEARCH CONFIGURATION IF EXISTS thoughtsearch",
            "DROP TEXT SEARCH DICTIONARY IF EXISTS thoughtsearch_porter",
            f"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {NOBODY}",
            f"ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO {NOBODY}",
            "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        )
        if shape == "found":
            from tests.postgres.rights import FOUND

            execute(url, FOUND, f"REVOKE ALL ON ai_thought_history FROM {NOBODY}", INSERT + "(1, 1, 'the lock', NULL, 'x')")
        else:
            thoughtsearch.open(url).close()
            execute(url, f"REVOKE ALL ON ai_thought_history FROM {NOBODY}", INSERT + "(1, 1, 'the lock', NULL, '{}')")
        execute(url, f"GRANT SELECT, INSERT ON ai_thought_history TO {WRITER}")
        ready(url)
        for table in [*TABLES, *([BESIDE] if shape == "found" else [])]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                execute(role(url, NOBODY), f"SELECT * FROM {table}")
        execute(role(url, WRITER), INSERT + f"(2, 1, 'a lock', NULL, '{'x' if shape == 'found' else '{}'}')")
        assert found_ids(role(url, WRITER)) == [1, 2]
        if shape == "found":
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="function thoughtsearch_follow"):
                execute(role(url, NOBODY), *EMPTYING)
        assert Doctor(parse(url)).examine().healthy
