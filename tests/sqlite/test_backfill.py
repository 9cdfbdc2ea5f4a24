"""A large table is adopted at once and indexed in batches, which may stop and go on anywhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import thoughtsearch
from tests.sqlite import shapes
from tests.sqlite.tools import check, plain
from thoughtsearch.engines.contract.statement import Plan
from thoughtsearch.engines.sqlite import backfill as sqlite_backfill
from thoughtsearch.engines.sqlite import engine as sqlite_engine
from thoughtsearch.engines.sqlite import schema as sqlite_setup
from thoughtsearch.engines.sqlite.connection import SqliteConnection
from thoughtsearch.location import locate

COUNT = 50
#: What one of these rows weighs in a batch.
ROW = 330


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sqlite_setup, "SMALL", 10)
    monkeypatch.setattr(sqlite_engine, "SMALL", 10)
    rows = [(1, None, n, f"old thought {n} on the index", "insight", f"t{n % 3}, all") for n in range(COUNT)]
    return shapes.make(tmp_path / "brain.db", shapes.A, rows)


@pytest.fixture
def other(large: Path) -> Iterator[sqlite3.Connection]:
    with plain(large) as connection:
        yield connection


def batch(path: Path, rows: int) -> int | None:
    """So many of the short rows."""
    connection = SqliteConnection(str(path))
    try:
        # 0: a part of CloudBrain's own index was cleared away.
        while (count := connection.run(sqlite_backfill.next_batch(rows * ROW), write=True)) == 0:
            pass
        return count
    finally:
        connection.close()


def test_search_works_on_what_is_indexed_and_says_what_is_not(large: Path, other: sqlite3.Connection) -> None:
    with thoughtsearch.open(large, adopt=True) as store:
        results = store.search("index", limit=100)
        assert len(results) == 0
        assert f"{COUNT} thoughts are not indexed yet" in results.warnings[0]
        other.execute(shapes.INSERT, (1, None, None, "a new index", None, "all"))
        assert [hit.id for hit in store.search("index", limit=100)] == [COUNT + 1]
        assert batch(large, 20) == 20
        results = store.search("index", limit=100)
        assert sorted(hit.id for hit in results) == [*range(1, 21), COUNT + 1]
        assert f"{COUNT - 20} thoughts" in results.warnings[0]
        assert store.stats()["unindexed"] == COUNT - 20
        check(store, other, complete=False)


def test_batches_go_on_where_they_stopped_until_all_is_indexed(large: Path, other: sqlite3.Connection) -> None:
    thoughtsearch.open(large, adopt=True).close()
    counts: list[int | None] = [batch(large, 15)]
    with thoughtsearch.open(large) as store:  # opening it again neither starts anew nor finishes it
        assert store.stats()["unindexed"] == COUNT - 15
    while counts[-1] is not None:
        counts.append(batch(large, 15))
    assert counts == [15, 15, 15, 5, None]
    assert batch(large, 15) is None
    with thoughtsearch.open(large, adopt=True) as store:
        results = store.search("index", limit=100, facets=["tags"])
        assert len(results) == COUNT
        assert results.warnings == ()
        assert results.facets["tags"][0].count == COUNT
        check(store, other)


def test_a_batch_that_fails_leaves_nothing_and_can_be_done_again(large: Path, other: sqlite3.Connection) -> None:
    thoughtsearch.open(large, adopt=True).close()
    batch(large, 10)
    connection = SqliteConnection(str(large))
    plan = sqlite_backfill.next_batch(10 * ROW)

    def interrupted() -> Plan[None]:
        rows = yield next(plan)
        while "INTO ai_thought_tag" not in (statement := plan.send(rows)).sql:
            rows = yield statement
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        connection.run(interrupted(), write=True)
    connection.close()
    with thoughtsearch.open(large, adopt=True) as store:
        assert store.stats()["indexed"] == 10
        while batch(large, 10) is not None:
            pass
        check(store, other)


@pytest.mark.parametrize("recursive", [False, True])
def test_rows_not_indexed_yet_may_be_changed_in_every_way(large: Path, recursive: bool) -> None:
    with thoughtsearch.open(large, adopt=True) as store, plain(large, recursive=recursive) as other:
        batch(large, 20)
        columns = "ai_thought_history (id, ai_id, thought_content, tags)"
        for ident in (5, 40):  # one that is indexed and one that isn't
            other.execute("UPDATE ai_thought_history SET thought_content = 'new run', tags = 'new' WHERE id = ?", [ident])
            other.execute("DELETE FROM ai_thought_history WHERE id = ?", [ident + 1])
            other.execute(f"INSERT OR REPLACE INTO {columns} VALUES (?, 1, 'new wal', 'x, y')", [ident + 2])
            other.execute("UPDATE ai_thought_history SET id = id + 1000 WHERE id = ?", [ident + 3])
            other.execute("UPDATE OR REPLACE ai_thought_history SET id = ? WHERE id = ?", [ident + 5, ident + 4])
            check(store, other, complete=False)
        other.execute("UPDATE OR REPLACE ai_thought_history SET id = 50 WHERE id = 1")
        other.execute("UPDATE OR REPLACE ai_thought_history SET id = 2 WHERE id = 49")
        other.execute(f"INSERT INTO {columns} VALUES (-5, 1, 'negative index', 'below')")
        check(store, other, complete=False)
        while batch(large, 7) is not None:
            check(store, other, complete=False)
        check(store, other)


def test_two_may_fill_the_index_in_turns(large: Path, other: sqlite3.Connection) -> None:
    thoughtsearch.open(large, adopt=True).close()
    first, second = SqliteConnection(str(large)), SqliteConnection(str(large))
    turns = [first, second] * COUNT
    while turns.pop().run(sqlite_backfill.next_batch(4 * ROW), write=True) is not None:
        pass
    first.close()
    second.close()
    with thoughtsearch.open(large, adopt=True) as store:
        check(store, other)


def test_an_index_of_cloudbrains_is_put_aside_and_cleared_away_in_steps(large: Path, other: sqlite3.Connection) -> None:
    other.execute("CREATE VIEW hits AS SELECT rowid AS id FROM ai_thought_history_fts WHERE thought_content MATCH 'index'")
    before = other.execute("SELECT sql FROM sqlite_master WHERE name = 'hits'").fetchall()
    discarded = "SELECT name FROM sqlite_master WHERE name LIKE 'thoughtsearch_discarded%'"
    with thoughtsearch.open(large, adopt=True) as store:
        assert other.execute(discarded).fetchall()
        assert other.execute("SELECT count(*) FROM hits").fetchall() == [(0,)]
        while batch(large, 20) is not None:
            pass
        assert not other.execute(discarded).fetchall()
        assert other.execute("SELECT sql FROM sqlite_master WHERE name = 'hits'").fetchall() == before
        assert other.execute("SELECT count(*) FROM hits").fetchall() == [(COUNT,)]
        check(store, other)


def test_an_index_of_the_table_that_was_made_before_it_was_killed_is_not_made_again(
    large: Path, other: sqlite3.Connection
) -> None:
    engine = sqlite_engine.SqliteEngine(locate(str(large)), read_only=False, timeout=5)
    apart = engine.connection.run(sqlite_setup.apart())
    assert [statement.sql.split()[5] for statement in apart] == [
        "ai_thought_history_agent",
        "ai_thought_history_session",
        "ai_thought_history_created_utc",
    ]
    for statement in apart[:2]:
        other.execute(statement.sql)
    places = (
        "SELECT name, rootpage FROM sqlite_master WHERE name IN ('ai_thought_history_agent', 'ai_thought_history_session')"
    )
    before = other.execute(places).fetchall()
    assert engine.connection.run(sqlite_setup.apart()) == apart[2:]
    assert not {"ai_thought_history_agent", "ai_thought_history_session"} & set(engine.find().leftovers)
    engine.install()
    assert other.execute(places).fetchall() == before
    assert engine.connection.run(sqlite_setup.apart()) == []
    engine.connection.close()
