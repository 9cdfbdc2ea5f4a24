"""The schema's steps: numbered, recorded, applied once, all or nothing, and beside whatever else is in the file."""

from __future__ import annotations

import multiprocessing
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

import thoughtsearch
from tests.sqlite import shapes
from tests.sqlite.tools import check, plain
from tests.tools.make_database import FOLDER, restore
from thoughtsearch import DatabaseError
from thoughtsearch.engines.sqlite import schema as sqlite_setup
from thoughtsearch.location import parse
from thoughtsearch.operations.doctor import Doctor
from thoughtsearch.sql import Migration, data, fill, migrations, statements

FILES = sorted(path.stem for path in Path(str(data("sql")), "sqlite").glob("*.sql"))
NAMED = [(file, name) for file in FILES for name in statements("sqlite", file)]
processes = multiprocessing.get_context("spawn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "thoughts.db"
    thoughtsearch.open(path).close()
    return path


def test_migrations_are_numbered_from_one_without_gaps_and_recorded(path: Path) -> None:
    known = migrations("sqlite")
    assert [step.version for step in known] == list(range(1, len(known) + 1))
    with plain(path) as other:
        recorded = other.execute("SELECT version, name FROM thoughtsearch_migration ORDER BY version").fetchall()
        assert recorded == [(step.version, step.name) for step in known]


def test_opening_again_changes_nothing(path: Path) -> None:
    with plain(path) as other:
        before = other.execute("SELECT * FROM sqlite_master").fetchall(), other.execute("PRAGMA schema_version").fetchone()
        for _ in range(3):
            thoughtsearch.open(path).close()
        assert before == (
            other.execute("SELECT * FROM sqlite_master").fetchall(),
            other.execute("PRAGMA schema_version").fetchone(),
        )


@pytest.mark.parametrize("shape", ["", shapes.A])
def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    path = tmp_path / "brain.db"
    if shape:
        shapes.make(path, shape)
    broken = (*migrations("sqlite"), Migration(99, "broken", "CREATE TABLE fine (x);\nCREATE TABLE broken (;\n"))
    with plain(path) as other:
        before = other.execute("SELECT * FROM sqlite_master").fetchall()
        with monkeypatch.context() as patch:
            patch.setattr(sqlite_setup, "migrations", lambda engine: broken)
            with pytest.raises(DatabaseError):
                thoughtsearch.open(path, adopt=bool(shape))
        assert other.execute("SELECT * FROM sqlite_master").fetchall() == before
        with thoughtsearch.open(path, adopt=bool(shape)) as store:
            check(store, other)


def test_a_later_migration_is_applied_to_a_database_of_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with thoughtsearch.open(path) as store:
        store.add("wal")
    more = (*migrations("sqlite"), Migration(len(migrations("sqlite")) + 1, "more", "CREATE TABLE more (x);\n"))
    monkeypatch.setattr(sqlite_setup, "migrations", lambda engine: more)
    with thoughtsearch.open(path) as store, plain(path) as other:
        assert other.execute("SELECT count(*) FROM more").fetchone() == (0,)
        assert other.execute("SELECT max(version) FROM thoughtsearch_migration").fetchone() == (len(more),)
        check(store, other)


def open_and_add(path: Path, start: object, done: object, adopt: bool) -> None:
    start.wait()  # type: ignore[attr-defined]
    with thoughtsearch.open(path, adopt=adopt) as store:
        store.add("a thought of its own")
    done.put(True)  # type: ignore[attr-defined]


@pytest.mark.parametrize("shape", ["", shapes.A])
def test_two_processes_may_open_a_database_at_once(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "brain.db"
    if shape:
        shapes.make(path, shape)
    start, done = processes.Event(), processes.Queue()
    both = [processes.Process(target=open_and_add, args=(path, start, done, bool(shape))) for _ in range(2)]
    for process in both:
        process.start()
    start.set()
    for process in both:
        process.join(30)
    assert [process.exitcode for process in both] == [0, 0]
    with thoughtsearch.open(path) as store, plain(path) as other:
        assert len(store.search("own")) == 2
        check(store, other)


#: What the statements about tables of any shape are filled with.
ANY_TABLE = {
    "name": "ai_thought_history",
    "listed": "id",
    "key": "id",
    "after": "true",
    "values": ":id",
    "same": "id = :id",
    "column": "id",
    "place": "id",
    "given": "ai_id = :id",
    "definition": "another TEXT",
    "definitions": "id INTEGER PRIMARY KEY",
}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_statement_stands_as_it_is(path: Path, file: str, name: str) -> None:
    text = fill(statements("sqlite", file)[name], **(ANY_TABLE if file == "transfer" else {}))
    if name == "create":
        text = text.replace(ANY_TABLE["name"], "another_table")
    elif name == "value":  # an expression for the list of a SELECT
        text = f"SELECT {text} FROM {ANY_TABLE['name']}"
    assert ";" not in text
    with plain(path) as other:
        parameters = dict.fromkeys(re.findall(r":(\w+)", re.sub(r"'[^']*'", "", text)), "1")
        if name.startswith("agents") or name == "name_agent":
            other.execute("CREATE TABLE ai_profiles (id, name, nickname)")
        if file == "checkup" and name != "make_probe":
            other.execute(statements("sqlite", file)["make_probe"])
            other.execute("ANALYZE")  # makes the table of statistics
        other.create_function("meta_holds", 2, lambda packed, text: True)
        other.create_function("checksum", 1, lambda value: value)
        other.execute(f"EXPLAIN {text}", parameters).fetchall()


def test_sqlite_utils_finds_the_index_and_takes_no_other_table_for_one(path: Path) -> None:
    sqlite_utils = pytest.importorskip("sqlite_utils")
    with plain(path) as connection:
        database = sqlite_utils.Database(connection)
        assert database["ai_thought_history"].detect_fts() == "ai_thought_history_fts"
        assert database.table_names(fts5=True) == ["ai_thought_history_fts"]


@pytest.mark.parametrize("table", [(), ("ai_thought_history",)], ids=["all", "named"])
@pytest.mark.parametrize("command", ["optimize", "rebuild-fts"])
@pytest.mark.parametrize("kept", ["", "sqlite-c2f7c49", "sqlite-found-7f87e50"], ids=["new", "first", "adopted"])
def test_sqlite_utils_looks_after_the_index(path: Path, kept: str, command: str, table: tuple[str, ...]) -> None:
    from sqlite_utils.cli import cli

    if kept:
        path.unlink()
        restore(FOLDER / f"{kept}.db.gz", str(path))
    with thoughtsearch.open(path) as store:
        store.add("WAL fixed a marvellous lock", tags=["sqlite"])
        before = [(hit.id, hit.score) for hit in store.search("lock marvel*")]
    result = CliRunner().invoke(cli, [command, str(path), *table])
    assert (result.exit_code, result.output) == (0, "")
    with thoughtsearch.open(path) as store, plain(path) as other:
        assert [(hit.id, hit.score) for hit in store.search("lock marvel*")] == before
        assert before
        check(store, other)
    assert Doctor(parse(str(path))).examine().healthy


def test_what_is_the_users_own_stays(tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    with plain(path) as other:
        other.executescript(
            "PRAGMA user_version = 42; PRAGMA application_id = 7; CREATE TABLE own (x); INSERT INTO own VALUES (1);"
            "CREATE VIEW own_view AS SELECT * FROM own; CREATE TABLE migrations (version);"
        )
        before = set(other.execute("SELECT type, name, sql FROM sqlite_master"))
        with thoughtsearch.open(path) as store:
            store.add("wal")
        assert other.execute("PRAGMA user_version").fetchone() == (42,)
        assert other.execute("PRAGMA application_id").fetchone() == (7,)
        assert other.execute("SELECT * FROM own_view").fetchall() == [(1,)]
        assert before <= set(other.execute("SELECT type, name, sql FROM sqlite_master"))


def test_the_file_passes_sqlites_own_checks(path: Path) -> None:
    with thoughtsearch.open(path) as store:
        store.add_many({"thought_content": f"thought {n}", "tags": ["a"]} for n in range(100))
    with plain(path) as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert other.execute("PRAGMA foreign_key_check").fetchall() == []
        with pytest.raises(sqlite3.OperationalError):
            other.execute("SELECT meta_holds('', '')")
