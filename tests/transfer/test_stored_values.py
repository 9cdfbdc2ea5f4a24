"""What is stored is carried or named: by table, column and id, whatever a search would have made of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgres.server import for_test, fresh_database, in_use
from tests.world import ENGINES, World, kind_of
from thoughtsearch.engines.differences import differs
from thoughtsearch.location import locate
from thoughtsearch.operations.transfer.job import Transfer
from thoughtsearch.operations.transfer.report import TransferReport

from .conftest import transfer

TABLE = """CREATE TABLE ai_thought_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ai_id INTEGER NOT NULL, session_id INTEGER, cycle_number INTEGER,
    thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT, metadata TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP"""
#: What PostgreSQL can't hold, by column.
LOST = {
    "ai_id": "'ada'",
    "session_id": "'s-17'",
    "cycle_number": "1.5",
    "thought_content": "'nul ' || char(0) || ' within'",
    "thought_type": "CAST(x'ff41' AS TEXT)",
    "tags": "x'ff00'",
    "created_at": "'2026-02-30 10:00:00'",
}
POSTGRES = [name for name in ENGINES if differs("typed-values", kind_of(name))]


@pytest.fixture(params=POSTGRES)
def target(request: pytest.FixtureRequest) -> Iterator[World]:
    """An empty database on PostgreSQL, of our own shape or CloudBrain's."""
    with ENGINES[request.param]() as world:
        yield world
        world.execute("DROP TABLE IF EXISTS ai_work_sessions, ai_tasks, ai_current_state", ())


def make(path: Path, *statements: str, more: str = "") -> str:
    """A file that another program made, with `more` columns in the table of thoughts."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"{TABLE}{more})")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return str(path)


def move(source: str, target: str, **options: Any) -> TransferReport:
    return Transfer(locate(source), locate(target), **options).run()


def insert(ident: int, **columns: str) -> str:
    """A thought, its values as SQL."""
    given = {"id": str(ident), "ai_id": "1", "thought_content": "'a thought'"} | columns
    return f"INSERT INTO ai_thought_history ({', '.join(given)}) VALUES ({', '.join(given.values())})"


def found(report: TransferReport) -> dict[str | None, tuple[int, tuple[Any, ...]]]:
    return {one.column: (one.count, one.ids) for one in report.differing}


def everything(path: str, table: str = "ai_thought_history") -> list[Any]:
    """All values with what SQLite takes them for."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        listed = ", ".join(f"typeof({name}), quote(CAST({name} AS BLOB))" for name in names)
        return [tuple(names), *connection.execute(f"SELECT {listed} FROM {table} ORDER BY 1, 2")]


@pytest.mark.parametrize("column", list(LOST))
def test_what_postgres_can_not_hold_is_named(tmp_path: Path, target: World, column: str) -> None:
    source = make(tmp_path / "a.db", insert(1), insert(2, **{column: LOST[column]}), insert(3, thought_content="'behind'"))
    report = move(source, target.url)
    assert not report.equal
    assert found(report) == {column: (1, (2,))}
    assert report.target.count == 3
    assert [hit.id for hit in target.store.search("behind")] == [3]


def test_a_file_takes_all_of_it(tmp_path: Path) -> None:
    rows = [insert(number, **{column: value}) for number, (column, value) in enumerate(LOST.items(), 1)]
    rows += [insert(20, metadata="''"), insert(21, metadata="NULL"), insert(22, tags="' a , b,'"), insert(23, ai_id="'4'")]
    source = make(tmp_path / "a.db", *rows)
    report = move(source, str(tmp_path / "b.db"))
    assert report.equal, report.to_dict()
    assert everything(str(tmp_path / "b.db")) == everything(source)


def test_twenty_ids_are_named_and_the_rest_counted(tmp_path: Path, target: World) -> None:
    source = make(tmp_path / "a.db", *(insert(number, session_id="'none'") for number in range(1, 31)))
    (differing,) = move(source, target.url).differing
    assert (differing.column, differing.count, differing.ids) == ("session_id", 30, tuple(range(1, 21)))
    assert differing.shown.endswith("20 and 10 more")


def test_with_new_ids_it_is_named_too(tmp_path: Path, target: World) -> None:
    source = make(tmp_path / "a.db", insert(1), insert(2, created_at="'gestern'"))
    report = move(source, target.url, new_ids=True)
    assert not report.equal
    assert found(report) == {"created_at": (1, (2,))}


@pytest.mark.parametrize("engine", list(ENGINES))
def test_columns_that_nobody_knows_go_along(tmp_path: Path, engine: str) -> None:
    more = ", Mood TEXT DEFAULT 'well', score REAL, size INTEGER GENERATED ALWAYS AS (length(thought_content)) VIRTUAL"
    source = make(tmp_path / "a.db", insert(1, mood="'glad'", score="0.1"), insert(2, mood="NULL"), more=more)
    with ENGINES[engine]() as world:
        report = transfer_file(source, world)
        assert report.equal, report.to_dict()
        assert world.execute("SELECT mood, score FROM ai_thought_history ORDER BY id", ()) == [("glad", 0.1), (None, None)]
        assert [hit.id for hit in world.store.search("thought")] == [2, 1]
        for column in ("mood", "score"):  # a database may serve the next test too
            world.execute(f"ALTER TABLE ai_thought_history DROP COLUMN {column}", ())


def transfer_file(source: str, world: World) -> TransferReport:
    return Transfer(locate(source), locate(world.url)).run()


def test_a_thought_that_the_target_refuses_does_not_stop_the_rest(tmp_path: Path, target: World) -> None:
    source = make(tmp_path / "a.db", *(insert(number, cycle_number=str(number)) for number in range(1, 41)))
    target.execute("ALTER TABLE ai_thought_history ADD CONSTRAINT few CHECK (cycle_number NOT IN (7, 30))", ())
    try:
        report = move(source, target.url)
        assert not report.equal
        assert report.copied is not None
        assert (report.copied.stored, report.copied.refused.rows) == (38, 2)
        assert "few" in report.copied.reason
        assert found(report) == {None: (2, (7, 30))}
        assert move(source, target.url).copied.stored == 0  # type: ignore[union-attr]
    finally:
        target.execute("ALTER TABLE ai_thought_history DROP CONSTRAINT few", ())


def test_companions_name_what_was_left(tmp_path: Path, target: World) -> None:
    source = make(
        tmp_path / "a.db",
        "CREATE TABLE ai_tasks (id INTEGER PRIMARY KEY, title TEXT NOT NULL, priority INTEGER, "
        "due_date TIMESTAMP NOT NULL, metadata TEXT, UNIQUE (title))",
        """INSERT INTO ai_tasks VALUES (1, 'one', 'high', '2026-01-01', '{"a": 1}'), (2, 'two', 2, 'soon', 'no JSON'),
            (3, 'three' || char(0), 3, '2026-01-02T10:00:00.123456789', NULL)""",
        "CREATE TABLE ai_current_state (session_identifier TEXT PRIMARY KEY, cycle_count INTEGER)",
        "INSERT INTO ai_current_state VALUES ('s', 1), (NULL, 2)",
    )
    report = move(source, target.url, brain_state=True)
    tables = {one.name: one for one in report.companions}
    assert {one.column: one.ids for one in tables["ai_tasks"].differing} == {
        "priority": (1,),
        "due_date": (2, 3),
        "title": (3,),
    }
    assert {one.column: one.ids for one in tables["ai_current_state"].differing} == {None: (None,)}
    assert (tables["ai_tasks"].in_target, tables["ai_current_state"].in_target) == (3, 1)
    assert any("ai_tasks.metadata is a text in the target" in note and "ids 2" in note for note in report.notes)
    assert any("ai_tasks.due_date may be NULL" in note for note in report.notes)
    assert not report.equal


def test_json_that_a_jsonb_can_not_hold_stays_a_text(tmp_path: Path, target: World) -> None:
    for number, text in enumerate(['{"a": 1e400000}', '{"a": NaN}', '{"a": "\\u0000"}', "", '"a text"']):
        source = make(
            tmp_path / f"{number}.db",
            "CREATE TABLE ai_tasks (id INTEGER PRIMARY KEY, metadata TEXT)",
            f"INSERT INTO ai_tasks VALUES (1, '{text}'), (2, '[1, {{}}]'), (3, '{{}}')",
        )
        report = move(source, target.url, brain_state=True)
        assert report.equal, report.to_dict()
        assert target.execute("SELECT metadata FROM ai_tasks ORDER BY id", ())[0] == (text,)
        target.execute("DROP TABLE ai_tasks", ())


def test_rows_without_a_key_come_as_often_as_they_are_there(tmp_path: Path, target: World) -> None:
    source = make(
        tmp_path / "a.db",
        "CREATE TABLE ai_tasks (title TEXT, n INTEGER)",
        "INSERT INTO ai_tasks VALUES ('a', 1), ('a', 1), ('b', NULL)",
    )
    for _ in range(2):
        assert move(source, target.url, brain_state=True).equal
    assert target.execute("SELECT title, count(*) FROM ai_tasks GROUP BY title ORDER BY title", ()) == [("a", 2), ("b", 1)]
    target.execute("DELETE FROM ai_tasks WHERE title = 'b'", ())
    report = Transfer(locate(source), locate(target.url), brain_state=True).run(verify_only=True)
    assert [one.different for one in report.companions if one.name == "ai_tasks"] == [1]


def test_a_database_in_another_encoding(tmp_path: Path, target: World) -> None:
    path = tmp_path / "a.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute(f"{TABLE})")
        connection.execute("INSERT INTO ai_thought_history (ai_id, thought_content, tags) VALUES (1, 'café 検索 🚀', 'é')")
        connection.commit()
    assert move(str(path), target.url).equal
    assert [thought.thought_content for thought in target.store.export()] == ["café 検索 🚀"]


def test_the_source_is_only_read(tmp_path: Path, target: World) -> None:
    source = make(tmp_path / "a.db", insert(1), insert(2))
    before = hashlib.sha256(Path(source).read_bytes()).digest()
    Path(source).chmod(0o444)
    assert move(source, target.url, brain_state=True).equal
    assert hashlib.sha256(Path(source).read_bytes()).digest() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_a_found_table_on_postgres_is_only_read(tmp_path: Path) -> None:
    script = """
        CREATE TABLE ai_thought_history (id SERIAL PRIMARY KEY, ai_id INTEGER NOT NULL, session_id INTEGER,
            cycle_number INTEGER, thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT, metadata TEXT,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, extra JSONB, "Files" TEXT[], price NUMERIC(12, 4), raw BYTEA,
            at TIMESTAMPTZ, day DATE, span INTERVAL, one UUID);
        INSERT INTO ai_thought_history VALUES
            (1, 1, NULL, NULL, 'indexes', 'idea', 'a, b', '{"a": 1}', '2026-01-01', '{"b": [1.50]}', '{a,NULL,"b,c"}',
                1.5000, '\\x00ff', '2026-01-01 10:00+02', '2026-01-02', '1 day', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
            (2, 1, 7, 3, 'more', NULL, '', NULL, 'infinity', '"text"', '{}', NULL, NULL,
                '0044-03-15 10:00:00 BC', NULL, NULL, NULL);
    """
    objects = "SELECT count(*), sum(hashtext(relname)) FROM pg_class"
    with fresh_database(for_test(in_use()[0])) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script.encode())
        before = connection.execute(objects).fetchall()
        report = move(url, str(tmp_path / "b.db"))
        assert report.equal, report.to_dict()
        assert "can't be searched yet" in report.unasked
        with fresh_database(for_test(in_use()[-1])) as other:
            report = move(url, other, brain_state=True)
            assert report.equal, report.copied
        assert connection.execute(objects).fetchall() == before
    with contextlib.closing(sqlite3.connect(tmp_path / "b.db")) as back:
        row = back.execute("SELECT extra, Files, price, raw, at, day, created_at FROM ai_thought_history").fetchone()
        assert row[1:] == (
            '["a", null, "b,c"]',
            "1.5000",
            b"\x00\xff",
            "2026-01-01 08:00:00",
            "2026-01-02",
            "2026-01-01 00:00:00",
        )
        assert json.loads(row[0]) == {"b": [1.5]}


def test_a_tag_with_a_comma_is_named() -> None:
    with ENGINES[POSTGRES[0]]() as source, ENGINES["sqlite"]() as target:
        source.say("fine", "fine too")
        source.execute("UPDATE ai_thought_history SET tags = '{\"a,b\"}' WHERE id = 2", ())
        report = transfer(source, target)
        assert found(report) == {"tags": (1, (2,))}
        assert report.target.count == 2
