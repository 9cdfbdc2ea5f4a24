"""Objects that another role has planted where names are looked up: none takes the place of the one that is meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import thoughtsearch
from tests.postgres.rights import INSERT, NOBODY, OWNER, owned, role
from tests.postgres.server import Server
from tests.postgres.tools import execute
from thoughtsearch.location import parse
from thoughtsearch.operations.backfill.job import Backfill, initialise
from thoughtsearch.operations.doctor import Doctor

#: Each operator for each two of these types, and each function for one of them, for which PostgreSQL has none of its own:
#: it would be nearer than one that is meant where that is for other types. Each fails when it is run.
_PLANT = """
SET search_path = pg_catalog;
DO $$
DECLARE
    kinds CONSTANT text[] := '{text, character varying, name, bigint, integer, smallint, oid, regclass, boolean,
        double precision, real, numeric, jsonb, text[], tsvector, tsquery, timestamp, timestamptz, regnamespace,
        regprocedure, int2vector}';
    signs CONSTANT text[] := '{=, <>, <, >, <=, >=, ||, +, -, *, /, @>, <@, @@, ~, !~, ->, ->>, #>>, &&}';
    names CONSTANT text[] := '{count, sum, max, min, array_agg, unnest, cardinality, length, octet_length, abs, round,
        strpos, to_regclass, pg_relation_size, hashtextextended, sha256, string_agg, greatest, pg_get_expr, jsonb_typeof}';
    -- Several arguments of which one is written as a literal, which would be a text rather than what is meant.
    calls CONSTANT text[] := '{"ts_rank(text, tsvector, tsquery)", "ts_rank_cd(text, tsvector, tsquery)",
        "jsonb_path_exists(jsonb, text)", "to_tsvector(text, text)", "generate_series(smallint, smallint)",
        "pg_get_expr(pg_node_tree, oid)"}';
    l text; r text; sign text;
BEGIN
    FOREACH sign IN ARRAY calls LOOP
        IF to_regprocedure('pg_catalog.' || sign) IS NULL THEN
            EXECUTE format('CREATE FUNCTION public.%s RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN '
                'RAISE EXCEPTION %L; END $f$', sign, 'planted ' || sign);
        END IF;
    END LOOP;
    FOREACH r IN ARRAY kinds LOOP FOREACH sign IN ARRAY names LOOP
        IF to_regprocedure(format('pg_catalog.%I(%s)', sign, r)) IS NULL THEN
            EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN '
                'RAISE EXCEPTION %L; END $f$', sign, r, format('planted %s(%s)', sign, r));
        END IF;
    END LOOP; END LOOP;
    FOREACH l IN ARRAY kinds || '{ROWS}'::text[] LOOP FOREACH r IN ARRAY kinds || '{ROWS}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION public.planted(%s, %s) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN '
            'RAISE EXCEPTION %L; END $f$', l, r, format('planted for %s, %s', l, r));
        FOREACH sign IN ARRAY signs LOOP
            IF to_regoperator(format('pg_catalog.%s(%s, %s)', sign, l, r)) IS NULL THEN
                EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.planted)',
                    sign, l, r);
            END IF;
        END LOOP;
    END LOOP; END LOOP;
END $$
"""


@pytest.fixture(params=["own", "found"])
def url(request: pytest.FixtureRequest, server: Server) -> Iterator[str]:
    """For the owner of the thoughts, with what another role has planted in public."""
    with owned(server, request.param) as made:
        rows = "public.ai_thought_history" + (", public.thoughtsearch_thought" if request.param == "found" else "")
        execute(role(made, NOBODY), _PLANT.replace("ROWS", rows))
        yield made


def test_no_operator_takes_the_place_of_one_that_a_function_of_ours_means(url: str) -> None:
    (kind,) = execute(url, "SELECT pg_typeof(tags)::text FROM ai_thought_history LIMIT 1")[0]
    tags = "'{x}'" if kind == "text[]" else "'x'"
    hard = "E'na\\u00efve e\\u0301 \\u691c\\u7d22 ' || repeat('1e5x ', 300) || repeat('x', 70)"
    execute(url, f"{INSERT} (7, 1, {hard}, 'insight', {tags})", "UPDATE ai_thought_history SET session_id = 3 WHERE id = 7")
    for call in (
        "agents()",
        "counts('{lock}', '{lock}', 10000)",
        "newest()",
        "terms('naïve locks 検索')",
        "count('the lock', NULL, NULL, '{lock}', false)",
        "unrestricted()",
    ):
        execute(url, f"SELECT * FROM thoughtsearch_{call}")
    execute(url, "DELETE FROM ai_thought_history WHERE id = 7")


def test_no_operator_takes_the_place_of_one_that_a_statement_means(url: str) -> None:
    execute(url, "SELECT setval(pg_get_serial_sequence('ai_thought_history', 'id'), 100)")
    with thoughtsearch.open(url) as store:
        store.add("a naïve lock", ai_id=1, tags=["x"], metadata={"step": 4, "k": ["v"]}, session_id=3)
        store.add_many([{"thought_content": f"filler lock {n}", "ai_id": 2, "metadata": {"step": n}} for n in range(40)])
        for query, options in (
            ("lock", {"total": True, "facets": ["ai", "thought_type", "tags", "time"], "explain": True}),
            ("lock", {"where": {"step": {"$gte": 3}, "k": {"$contains": "v"}}}),
            ('"naïve lock" OR fill* -noon', {"tags": ["x"]}),
            ("since:7d cycle:1..3 session:3 type:insight meta.step>=1", {}),
            (" ".join(f"w{n}" for n in range(150)) + " lock", {}),
            ("", {}),
        ):
            page = store.search(query, limit=3, **options)
            if page.next_cursor and query == "lock":
                store.search(query, limit=3, cursor=page.next_cursor, **options)
        assert store.stats()["thoughts"] == 44
        assert len(store.around(2)) >= 1
        assert len(list(store.export())) == 44
        store.name_agents({1: "Ada"})
        assert store.agents() == {1: "Ada"}
    initialise(parse(url))
    Backfill(parse(url)).run()
    for report in (Doctor(parse(url), full=True).examine(), Doctor(parse(url)).repair()):
        assert report.healthy, [one for one in report.findings if one.level not in ("ok", "note")]


def test_agents_are_those_beside_the_thoughts(url: str) -> None:
    execute(url, "CREATE SCHEMA other", f"GRANT CREATE, USAGE ON SCHEMA other TO {NOBODY}")
    execute(
        role(url, NOBODY),
        "CREATE TABLE other.ai_profiles (id bigint, name text)",
        "INSERT INTO other.ai_profiles VALUES (1, 'Mallory')",
        "GRANT ALL ON other.ai_profiles TO PUBLIC",
    )
    execute(url, "DROP TABLE IF EXISTS ai_profiles")
    path = f"{url}&options=-csearch_path%3Dother%2Cpublic"
    with thoughtsearch.open(path) as store:
        assert store.agents() == {}
        assert [hit.agent for hit in store.search("lock ai:1")] == [None]
        store.name_agents({1: "Ada"})
        assert store.agents() == {1: "Ada"}
    assert execute(url, "SELECT name FROM public.ai_profiles") == [("Ada",)]
    assert execute(url, "SELECT name FROM other.ai_profiles") == [("Mallory",)]
    assert OWNER in url
