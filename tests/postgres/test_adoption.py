"""A table that was there before, adopted while others read and write it: nothing of it changes, and all of it is found."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

import thoughtsearch
from thoughtsearch import SchemaError
from thoughtsearch.engines.connect import open_engine
from thoughtsearch.engines.postgres import engine as postgres_engine
from thoughtsearch.location import parse
from thoughtsearch.operations.backfill.job import Backfill

#: As CloudBrain makes it on PostgreSQL, with the neighbours that a live table has.
CLOUDBRAIN = """
CREATE TABLE ai_profiles (id SERIAL PRIMARY KEY, name TEXT NOT NULL, nickname TEXT);
CREATE TABLE ai_thought_history (
    id SERIAL PRIMARY KEY, ai_id INTEGER NOT NULL REFERENCES ai_profiles(id), session_id INTEGER, cycle_number INTEGER,
    thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT, metadata TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE VIEW recent_insights AS SELECT id, thought_content FROM ai_thought_history WHERE thought_type = 'insight';
CREATE TABLE thought_bookmarks (thought_id INTEGER REFERENCES ai_thought_history(id) ON DELETE CASCADE, note TEXT);
INSERT INTO ai_profiles (name, nickname) VALUES ('Ada', 'ada');
INSERT INTO ai_thought_history (ai_id, thought_content, thought_type, tags, metadata) VALUES
    (1, 'running the indexes', 'insight', 'sqlite, wal', '{"step": 3}'), (1, 'no JSON', NULL, NULL, 'not json'),
    (1, 'a list', NULL, '', '[1]');
INSERT INTO thought_bookmarks VALUES (1, 'mine');
"""
INSERT = (
    "INSERT INTO ai_thought_history (ai_id, session_id, cycle_number, thought_content, thought_type, tags) "
    "VALUES (%s, %s, %s, %s, %s, %s) RETURNING id"
)
MANY = (
    "INSERT INTO ai_thought_history (ai_id, thought_content) SELECT 1, 'old thought ' || n FROM generate_series(1, %s) AS n"
)
#: A digest of all that the table held before.
DIGEST = "SELECT md5(string_agg(h::text, '|' ORDER BY id)) FROM ai_thought_history AS h"


@pytest.fixture
def found(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of CloudBrain's to a database that it has made."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(CLOUDBRAIN)
        yield connection


def ids(store: thoughtsearch.Store, query: str = "", **options: Any) -> list[int]:
    return sorted(hit.id for hit in store.search(query, limit=1000, **options))


def test_a_found_table_keeps_everything_and_all_of_it_is_found(found: psycopg.Connection[Any], database: str) -> None:
    before = found.execute(DIGEST).fetchall()
    with thoughtsearch.open(database, adopt=True) as store:
        assert found.execute(DIGEST).fetchall() == before
        assert ids(store, "index") == [1]
        assert ids(store, tags=["wal"], ai="ada", where={"step": {"$gte": 3}}) == [1]
        assert ids(store, where={"$not": {"step": 3}}) == [2, 3]
        assert [thought.metadata_text for thought in store.export()] == [None, "not json", "[1]"]
        assert found.execute(INSERT, (1, None, 2, "new indexes", "insight", "a,b")).fetchall() == [(4,)]
        assert ids(store, "index") == [1, 4]
        assert found.execute("SELECT count(*) FROM recent_insights").fetchall() == [(2,)]
        assert store.add("ours", ai_id=1, tags=["x", "y"], metadata={"a": 1}) == 5
        assert store.add_many([{"thought_content": "ours too", "ai_id": 1}]) == 1
        assert found.execute("SELECT tags, metadata FROM ai_thought_history WHERE id = 5").fetchall() == [
            ("x,y", '{"a":1}')
        ]
        found.execute("UPDATE ai_thought_history SET id = 40, thought_content = 'moved' WHERE id = 4")
        found.execute("DELETE FROM ai_thought_history WHERE id = 1")
        assert found.execute("SELECT count(*) FROM thought_bookmarks").fetchall() == [(0,)]
        assert ids(store, "index") == []
        assert ids(store, "moved") == [40]
        found.execute("TRUNCATE ai_thought_history, thought_bookmarks")
        assert ids(store) == []
        assert store.stats()["unindexed"] == 0


def test_a_large_table_is_indexed_in_batches_that_may_stop(
    found: psycopg.Connection[Any], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_engine, "SMALL", 10)
    found.execute(MANY, [1700])
    with thoughtsearch.open(database, adopt=True) as store:
        found.execute(INSERT, (1, None, 1, "a newer thought", "insight", ""))
        assert len(ids(store, "newer")) == 1
        results = store.search("thought")
        assert any("backfill" in warning for warning in results.warnings)
        opened = open_engine(parse(database), timeout=5)
        assert opened.next_batch(150_000) in range(450, 500)
        opened.connection.close()
        found.execute("UPDATE ai_thought_history SET thought_content = 'renewed' WHERE id = 1600")
        found.execute("DELETE FROM ai_thought_history WHERE id IN (100, 1500)")
        assert Backfill(parse(database)).run().rows > 1000
        assert Backfill(parse(database)).run().rows == 0
        assert store.search("old", total=True, limit=1).total == 1697
        assert ids(store, "renewed") == [1600]
        assert store.search("thought").warnings == ()


def test_writers_go_on_while_it_is_adopted(found: psycopg.Connection[Any], database: str) -> None:
    found.execute(MANY, [3000])
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            while not stop.wait(0.005):
                written.append(connection.execute(INSERT, (1, None, 1, "written meanwhile", None, "")).fetchall()[0][0])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with thoughtsearch.open(database, adopt=True) as store:
            stop.set()
            writer.join()
            assert written
            assert ids(store, "meanwhile") == written
            assert store.stats()["unindexed"] == 0
    finally:
        stop.set()
        writer.join()


def test_a_lost_trigger_is_noticed_and_all_is_indexed_anew(found: psycopg.Connection[Any], database: str) -> None:
    thoughtsearch.open(database, adopt=True).close()
    found.execute("DROP TRIGGER thoughtsearch_follow ON ai_thought_history")
    found.execute("UPDATE ai_thought_history SET thought_content = 'changed unseen' WHERE id = 1")
    with thoughtsearch.open(database) as store:
        assert ids(store, "unseen") == [1]
        assert ids(store, "index") == []


def test_a_reader_of_the_table_may_search_it(found: psycopg.Connection[Any], database: str) -> None:
    role = f"reader_{found.info.dbname}"
    found.execute(f"CREATE ROLE {role} LOGIN".encode())
    try:
        found.execute(f"GRANT SELECT ON ai_thought_history TO {role}".encode())
        thoughtsearch.open(database, adopt=True).close()
        with thoughtsearch.open(database.replace("postgres@", f"{role}@"), read_only=True) as store:
            assert ids(store, "index") == [1]
    finally:
        found.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER TABLE ai_thought_history ENABLE ROW LEVEL SECURITY", "row security"),
        ("ALTER TABLE ai_thought_history DROP COLUMN created_at", "no column created_at"),
        ("ALTER TABLE ai_thought_history ALTER COLUMN created_at TYPE text", "created_at .* is of type text"),
    ],
)
def test_what_can_not_be_adopted_is_refused_and_left(
    found: psycopg.Connection[Any], database: str, change: str, reason: str
) -> None:
    found.execute(change.encode())
    with pytest.raises(SchemaError, match=reason):
        thoughtsearch.open(database, adopt=True)
    assert found.execute("SELECT to_regclass('thoughtsearch_migration')").fetchall() == [(None,)]


def test_columns_that_it_lacks_are_added_empty(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE ai_thought_history (id int PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, ai_id int NOT NULL, "
            "thought_content varchar(500), created_at timestamptz)"
        )
        connection.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'running'), (2, NULL)")
    with thoughtsearch.open(database, adopt=True) as store:
        assert ids(store, "runs") == [1]
        assert {hit.thought.thought_content for hit in store.search()} == {"running", ""}
        store.add("tagged", ai_id=1, tags=["a"])
        assert ids(store, tags=["a"]) == [3]
