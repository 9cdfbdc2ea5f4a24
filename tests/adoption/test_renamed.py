"""A table or a column that was renamed or dropped is noticed before anything is made anew."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import thoughtsearch
from tests.adoption.conftest import FILES, SERVED, FoundDatabase
from tests.cli.conftest import Run
from thoughtsearch import NotAdopted, SchemaError
from thoughtsearch.location import parse
from thoughtsearch.models import COLUMNS
from thoughtsearch.operations.backfill.estimate import estimate
from thoughtsearch.operations.backfill.job import Backfill, initialise
from thoughtsearch.operations.doctor import Doctor

MADE = {"sqlite": FILES["sqlite"], **SERVED}
#: All that a SQLite file and a schema hold.
OBJECTS = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2",
    "postgresql": "SELECT oid, relname, relnamespace, xmin::text FROM pg_class WHERE relname !~ '^pg_' "
    "UNION ALL SELECT oid, tgname, tgrelid, xmin::text FROM pg_trigger ORDER BY 1",
}
#: Everything that opens a database.
DOORS: dict[str, Callable[[str], object]] = {
    "open": thoughtsearch.open,
    "open for reading": lambda url: thoughtsearch.open(url, read_only=True),
    "open to adopt": lambda url: thoughtsearch.open(url, adopt=True),
    "init": lambda url: initialise(parse(url)),
    "backfill": lambda url: Backfill(parse(url)).run(),
    "dry run": lambda url: estimate(parse(url)),
}


@pytest.fixture(params=[(engine, kind) for engine in MADE for kind in ("own", "adopted")], ids=lambda pair: "-".join(pair))
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FoundDatabase]:
    """A table of our own, or one that was adopted."""
    engine, kind = request.param
    with MADE[engine](tmp_path) as made:
        if kind == "own":
            made.execute("DROP TABLE ai_thought_history CASCADE" if _is_served(made) else "DROP TABLE ai_thought_history")
        if kind == "own" and not _is_served(made):
            made.execute("DROP TABLE ai_thought_history_fts")
        with thoughtsearch.open(made.url, adopt=True) as store:
            store.add("the lock at night", ai_id=1, tags=["wal"])
        yield made


def _is_served(made: FoundDatabase) -> bool:
    return made.url.startswith("postgresql")


def _objects(made: FoundDatabase) -> list[Any]:
    rows: list[Any] = made.execute(OBJECTS["postgresql" if _is_served(made) else "sqlite"])
    return rows


def _check_refused(made: FoundDatabase, run: Run, said: str) -> None:
    before = _objects(made)
    for name, door in DOORS.items():
        with pytest.raises(SchemaError, match=said) as caught:
            door(made.url)
        assert not isinstance(caught.value, NotAdopted)
        assert _objects(made) == before, name
    for command in (["query", "lock"], ["add", "a thought"], ["stats"], ["init"], ["backfill"]):
        result = run(*command, "-d", made.url)
        assert (result.exit_code, said in result.output) == (3, True), result.output
        assert _objects(made) == before, command
    doctor = Doctor(parse(made.url))
    for report in (doctor.examine(), doctor.repair()):
        assert (report.healthy, report.done, report.failed) == (False, (), ())
        assert said in repr(report.findings)
        assert _objects(made) == before


@pytest.mark.parametrize("column", ["id", *COLUMNS])
def test_a_renamed_column_is_named_and_nothing_is_made_anew(ours: FoundDatabase, run: Run, column: str) -> None:
    renamed = f"ALTER TABLE ai_thought_history RENAME COLUMN {column} TO another"
    if column == "id" and not _is_served(ours):
        with pytest.raises(sqlite3.OperationalError, match="after rename"):  # SQLite forbids it
            ours.execute(renamed)
        return
    ours.execute(renamed)
    _check_refused(ours, run, f"column {column}")
    if not _is_served(ours):  # on a server its triggers, which know the column, keep its writers from the table
        ours.execute(f"INSERT INTO ai_thought_history ({_pair(column)}) VALUES (1, 'as before')")
    ours.execute(f"ALTER TABLE ai_thought_history RENAME COLUMN another TO {column}")
    with thoughtsearch.open(ours.url) as store:
        assert len(store.search("night")) == 1
        assert store.stats()["unindexed"] == 0


def _pair(renamed: str) -> str:
    return ", ".join("another" if name == renamed else name for name in ("ai_id", "thought_content"))


@pytest.mark.parametrize("column", ["session_id", "tags", "metadata", "created_at"])
def test_a_dropped_column_is_named_and_nothing_is_made_anew(ours: FoundDatabase, run: Run, column: str) -> None:
    if _is_served(ours):
        ours.execute(f"ALTER TABLE ai_thought_history DROP COLUMN {column} CASCADE")
    else:
        # As programs rebuild a table in SQLite, which drops its triggers and indexes.
        kept = ", ".join(name for name in ("ai_id", "thought_content", "thought_type", "session_id") if name != column)
        ours.execute("CREATE TABLE rebuilt (id INTEGER PRIMARY KEY, " + kept + ")")
        ours.execute(f"INSERT INTO rebuilt (id, {kept}) SELECT id, {kept} FROM ai_thought_history")
        ours.execute("DROP TABLE ai_thought_history")
        _rename(ours, "rebuilt", "ai_thought_history")
    _check_refused(ours, run, column)


def _rename(ours: FoundDatabase, name: str, to: str) -> None:
    with contextlib.closing(sqlite3.connect(ours.url, isolation_level=None)) as connection:
        connection.execute("PRAGMA legacy_alter_table = ON")  # else the views that name it forbid it
        connection.execute(f"ALTER TABLE {name} RENAME TO {to}")


def test_a_renamed_table_is_named_and_no_new_one_is_made(ours: FoundDatabase, run: Run) -> None:
    ours.execute("ALTER TABLE ai_thought_history RENAME TO elsewhere")
    before = _objects(ours)
    for name, door in DOORS.items():
        with pytest.raises(SchemaError, match="was renamed to elsewhere"):
            door(ours.url)
        assert _objects(ours) == before, name
    for command in (["query", "lock"], ["add", "a thought"], ["init"], ["backfill"], ["doctor"], ["doctor", "--repair"]):
        result = run(*command, "-d", ours.url)
        assert (result.exit_code, "renamed to elsewhere" in result.output) == (1 if command[0] == "doctor" else 3, True)
        assert _objects(ours) == before, command
    ours.execute("ALTER TABLE elsewhere RENAME TO ai_thought_history")
    with thoughtsearch.open(ours.url) as store:
        assert len(store.search("night")) == 1
        store.add("another night", ai_id=1)
        assert store.stats()["unindexed"] == 0


def test_a_table_that_was_moved_to_another_schema_is_named(ours: FoundDatabase, run: Run) -> None:
    if not _is_served(ours):
        return  # a file has no schemas
    ours.execute("CREATE SCHEMA aside")
    ours.execute("ALTER TABLE ai_thought_history SET SCHEMA aside")
    for door in DOORS.values():
        with pytest.raises(SchemaError, match=r"aside\.ai_thought_history"):
            door(ours.url)
    ours.execute("ALTER TABLE aside.ai_thought_history SET SCHEMA public")
    with thoughtsearch.open(ours.url) as store:
        assert len(store.search("night")) == 1


def test_computed_columns_that_were_renamed_are_named(run: Run, tmp_path: Path) -> None:
    for made in SERVED.values():
        with made(tmp_path) as found:
            found.execute("DROP TABLE ai_thought_history CASCADE")
            thoughtsearch.open(found.url).close()
            for column in ("search_vector", "search_length"):
                found.execute(f"ALTER TABLE ai_thought_history RENAME COLUMN {column} TO another")
                _check_refused(found, run, f"column {column}")
                found.execute(f"ALTER TABLE ai_thought_history RENAME COLUMN another TO {column}")
            thoughtsearch.open(found.url).close()
