"""What opening a database costs, and what it makes of forms that no commit has kept."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest

import thoughtsearch
from tests.doctor.patient import Patient, findings
from tests.forms.former import KEPT, Kept, Restored, check_well, execute
from tests.forms.test_upgrades import initialised
from tests.postgres.server import Server, fresh_database
from tests.world import FOUND
from thoughtsearch.engines.connect import open_engine
from thoughtsearch.engines.contract.dry_run import dry_run
from thoughtsearch.engines.contract.engine import DatabaseState
from thoughtsearch.engines.contract.statement import Plan, Rows, Statement
from thoughtsearch.engines.postgres import objects as postgres_objects
from thoughtsearch.engines.postgres import schema as postgres_setup
from thoughtsearch.engines.postgres.shape import Shape
from thoughtsearch.engines.sqlite import schema as sqlite_setup
from thoughtsearch.location import parse
from thoughtsearch.sql import Migration

T = TypeVar("T")

_PUBLIC = Shape("public")


def asked(url: str) -> tuple[DatabaseState, list[Statement]]:
    """What is found in a database when it is opened, and the statements that it takes."""
    engine = open_engine(parse(url), read_only=True, timeout=5)
    statements: list[Statement] = []

    def look() -> Plan[DatabaseState]:
        if engine.dialect.name == "sqlite":
            return (yield from noted(sqlite_setup.inspect()))
        place = yield from noted(postgres_setup.locate())
        return (yield from noted(postgres_setup.inspect(place)))

    def noted(plan: Plan[T]) -> Plan[T]:
        rows: Rows | None = None
        try:
            while True:
                statement = plan.send(rows) if rows is not None else next(plan)
                statements.append(statement)
                rows = yield statement
        except StopIteration as stop:
            result: T = stop.value
            return result

    try:
        return engine.connection.run(look()), statements
    finally:
        engine.connection.close()


def test_opening_takes_as_few_statements_as_ever_on_sqlite(tmp_path: Path) -> None:
    path = str(tmp_path / "thoughts.db")
    thoughtsearch.open(path).close()
    found, statements = asked(path)
    assert found.ready
    assert len(statements) == 4  # objects, migrations, the state, and the columns, which may have been renamed


@pytest.mark.parametrize("shape", ["own", "found"])
def test_opening_takes_as_few_statements_as_ever_on_postgresql(newest: Server, shape: str) -> None:
    with fresh_database(newest) as url:
        if shape == "found":
            execute(url, FOUND)
        thoughtsearch.open(url, adopt=True).close()
        found, statements = asked(url)
        assert found.ready
        assert len(statements) == 7
        # Without the record of how they were made, the functions are compared.
        execute(url, "DELETE FROM thoughtsearch_state WHERE key = 'migrations'")
        found, statements = asked(url)
        assert found.ready
        assert len(statements) == 9


def test_init_mends_whatever_the_doctor_would(newest: Server) -> None:
    with fresh_database(newest) as url:
        with thoughtsearch.open(url) as store:
            store.add_many([{"thought_content": "a lock"}, {"thought_content": "another lock"}])
        patient = Patient("own", url)
        replaced = "CREATE OR REPLACE FUNCTION thoughtsearch_parsable(value text) RETURNS text LANGUAGE sql IMMUTABLE"
        execute(url, f"{replaced} AS $$ SELECT 'nothing' $$", "UPDATE ai_thought_history SET thought_type = 'x'")
        execute(url, "DROP FUNCTION thoughtsearch_counts", "DROP INDEX ai_thought_history_tags")
        assert findings(patient.examine())
        initialised(url)
        check_well(url)
        with thoughtsearch.open(url) as store:
            assert len(store.search("lock")) == 2


def test_init_mends_whatever_the_doctor_would_on_sqlite(tmp_path: Path) -> None:
    path = str(tmp_path / "thoughts.db")
    with thoughtsearch.open(path) as store:
        store.add("a lock", tags=["sqlite"])
    execute(path, "DELETE FROM ai_thought_tag", "INSERT INTO ai_thought_tag VALUES ('stale', 1)")
    execute(path, "UPDATE thoughtsearch_state SET value = 0 WHERE key = 'analysis'")
    assert "Mended: " in initialised(path)
    check_well(path)
    with thoughtsearch.open(path) as store:
        assert len(store.search("lock tag:sqlite")) == 1


def test_a_function_that_takes_and_gives_something_else_is_made_anew(newest: Server) -> None:
    """Also one that has two forms at once, and one whose arguments alone have other names."""
    with fresh_database(newest) as url:
        with thoughtsearch.open(url) as store:
            store.add("a lock")
        execute(
            url,
            "DELETE FROM thoughtsearch_state WHERE key = 'migrations'",
            "DROP FUNCTION thoughtsearch_counts",
            "CREATE FUNCTION thoughtsearch_counts(words text[], OUT thoughts bigint) LANGUAGE sql AS $$ SELECT 1 $$",
            "DROP FUNCTION thoughtsearch_newest",
            "CREATE FUNCTION thoughtsearch_newest() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$",
            "DROP FUNCTION thoughtsearch_folding",
            "CREATE FUNCTION thoughtsearch_folding(spelled text) RETURNS text LANGUAGE sql AS $$ SELECT spelled $$",
            "CREATE FUNCTION thoughtsearch_term(token text, plain boolean) RETURNS text LANGUAGE sql AS $$ SELECT token $$",
        )
        changed = ("thoughtsearch_folding", "thoughtsearch_term", "thoughtsearch_newest", "thoughtsearch_counts")
        assert asked(url)[0].former == changed
        with thoughtsearch.open(url) as store:
            assert [hit.id for hit in store.search("lock")] == [1]
        assert asked(url)[0].ready
        check_well(url)


@pytest.mark.parametrize("name", ["sqlite-fbe4daf", "postgres-aa4f034"])
def test_what_is_of_an_earlier_form_is_a_finding_with_its_repair(restored: Restored, name: str) -> None:
    url = restored(next(kept for kept in KEPT if kept.name == name))
    report = Patient("", url).examine()
    assert any("as an earlier version of thoughtsearch made them" in finding.message for finding in findings(report))
    assert {finding.repair for finding in findings(report)} == {"install"}


@pytest.mark.parametrize("kept", [pytest.param(kept, id=kept.name) for kept in KEPT if kept.name.endswith("c2f7c49")])
def test_what_another_program_put_in_the_place_of_ours_is_no_earlier_form(kept: Kept, restored: Restored) -> None:
    url = restored(kept)
    execute(
        url,
        "DROP TRIGGER ai_thought_tag_insert",
        "CREATE TRIGGER ai_thought_tag_insert AFTER INSERT ON ai_thought_history BEGIN SELECT 1; END",
    )
    found, _ = asked(url)
    assert "ai_thought_tag_insert" in found.damaged
    assert "ai_thought_history_fts_insert" not in found.former


def test_an_index_of_another_expression_under_our_name_is_made_anew(tmp_path: Path) -> None:
    path = str(tmp_path / "thoughts.db")
    thoughtsearch.open(path).close()
    execute(
        path,
        "DROP INDEX ai_thought_history_created_utc",
        "CREATE INDEX ai_thought_history_created_utc ON ai_thought_history (created_at)",
    )
    assert asked(path)[0].former == ("ai_thought_history_created_utc",)
    thoughtsearch.open(path, read_only=True).close()  # it can be read as it is
    thoughtsearch.open(path).close()
    assert asked(path)[0].ready


@pytest.mark.parametrize("name", ["postgres-9320637", "postgres-found-9c84868"])
def test_what_an_upgrade_would_run_can_be_said_beforehand(restored: Restored, name: str) -> None:
    url = restored(next(kept for kept in KEPT if kept.name == name))
    engine = open_engine(parse(url), read_only=True, timeout=5)
    try:
        _, statements = engine.connection.run(dry_run(postgres_setup.set_up()))
        assert any("CREATE OR REPLACE FUNCTION" in statement.sql for statement in statements)
    finally:
        engine.connection.close()


def test_of_a_function_that_several_migrations_make_the_last_form_counts() -> None:
    steps = [
        Migration(1, "one", "CREATE FUNCTION /*schema*/f(a text, OUT b text[]) LANGUAGE sql AS $$ 1 $$;\nDROP TABLE t;\n"),
        Migration(2, "two", "CREATE OR REPLACE FUNCTION /*schema*/f(b text) RETURNS text AS $$ 2 $$ LANGUAGE sql;\n"),
        Migration(3, "three", "CREATE FUNCTION /*schema*/g() RETURNS text AS $$ 3 $$ LANGUAGE sql;\n"),
        Migration(4, "four", "REVOKE ALL ON FUNCTION /*schema*/f(text) FROM PUBLIC;\n"),
        Migration(5, "five", "DROP FUNCTION IF EXISTS /*schema*/g();\n"),
    ]
    assert {name: (one.arguments, one.body) for name, one in postgres_objects.functions(_PUBLIC, steps).items()} == {
        "f": (["b"], " 2 ")
    }
    assert postgres_objects.functions(_PUBLIC, steps[:1])["f"].arguments == ["a", "b"]
    assert postgres_objects.functions(_PUBLIC, steps[:3])["g"].arguments == []
    assert postgres_objects.rights(_PUBLIC, steps, ["f"]) == ['REVOKE ALL ON FUNCTION "public".f(text) FROM PUBLIC;']
    assert postgres_objects.rights(_PUBLIC, steps, ["g"]) == []
