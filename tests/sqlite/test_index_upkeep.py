"""Whatever any writer does to the table, with or without recursive triggers, the index is what the table says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import thoughtsearch
from tests.sqlite.tools import check, plain
from thoughtsearch import Store

ALL = "id, ai_id, thought_content, thought_type, tags"
COLUMNS = "ai_thought_history (id, ai_id, thought_content, thought_type, tags)"
ROWS = (
    (1, 1, "running the index on sqlite", "insight", "sqlite,wal"),
    (2, 1, "検索 of the wal", None, "wal, 日本"),
    (3, 2, "café", "run", None),
    (4, 2, "x", "x", "x,y,x"),
)
#: What other programs do, one after the other in one script each.
WRITES = {
    "update of the text": "UPDATE ai_thought_history SET thought_content = 'a new wal' WHERE id = 1",
    "update of all rows": "UPDATE ai_thought_history SET thought_content = thought_content || ' new', tags = 'a'",
    "update of the type": "UPDATE ai_thought_history SET thought_type = '検索 run' WHERE id < 3",
    "update of the tags": "UPDATE ai_thought_history SET tags = 'a, b ,日本' WHERE id <> 2",
    "update to nothing": "UPDATE ai_thought_history SET tags = NULL, thought_type = NULL, thought_content = ''",
    "update of other columns": "UPDATE ai_thought_history SET metadata = '{}', created_at = '2026-01-01', ai_id = 9",
    "update to the same": "UPDATE ai_thought_history SET thought_content = thought_content, id = id, tags = tags",
    "update of nothing": "UPDATE ai_thought_history SET thought_content = 'new' WHERE id = 99",
    "update to a number": "UPDATE ai_thought_history SET thought_content = 7, tags = 8 WHERE id = 1",
    "update to a blob": "UPDATE ai_thought_history SET thought_content = x'6e657720696e646578', tags = x'61' WHERE id = 1",
    "delete": "DELETE FROM ai_thought_history WHERE id = 2",
    "delete of all": "DELETE FROM ai_thought_history",
    "delete, insert": f"DELETE FROM ai_thought_history WHERE id = 4; INSERT INTO {COLUMNS} VALUES (4, 1, 'y', NULL, 'n')",
    "replace": f"INSERT OR REPLACE INTO {COLUMNS} VALUES (1, 1, 'a new index', 'run', 'new,wal')",
    "replace twice": f"REPLACE INTO {COLUMNS} VALUES (1, 1, 'new', NULL, 'a'); "
    f"REPLACE INTO {COLUMNS} VALUES (1, 1, 'x', NULL, 'b')",
    "replace by the same": f"REPLACE INTO {COLUMNS} SELECT {ALL} FROM ai_thought_history",
    "replace by others": f"REPLACE INTO {COLUMNS} SELECT 5 - id, ai_id, thought_content, 'run', '' FROM ai_thought_history",
    "replace of a new one": f"REPLACE INTO {COLUMNS} VALUES (77, 1, 'a new index', NULL, 'new')",
    "insert or ignore": f"INSERT OR IGNORE INTO {COLUMNS} VALUES (1, 1, 'a new index', NULL, 'new')",
    "ignored, then updated": f"INSERT OR IGNORE INTO {COLUMNS} VALUES (1, 1, 'new', NULL, 'n'); "
    "UPDATE ai_thought_history SET thought_content = 'a new index', tags = 'm' WHERE id = 1",
    "ignored, then replaced": f"INSERT OR IGNORE INTO {COLUMNS} VALUES (1, 1, 'new', NULL, 'n'); "
    f"REPLACE INTO {COLUMNS} VALUES (1, 2, 'a new index', NULL, 'm')",
    "ignored, then deleted": f"INSERT OR IGNORE INTO {COLUMNS} VALUES (1, 1, 'new', NULL, 'n'); "
    "DELETE FROM ai_thought_history WHERE id = 1",
    "ignored, then moved": f"INSERT OR IGNORE INTO {COLUMNS} VALUES (1, 1, 'new', NULL, 'n'); "
    "UPDATE ai_thought_history SET id = 50 WHERE id = 1; UPDATE ai_thought_history SET id = 1 WHERE id = 2",
    "upsert": f"INSERT INTO {COLUMNS} VALUES (1, 1, 'a new index', NULL, 'new') "
    "ON CONFLICT (id) DO UPDATE SET thought_content = excluded.thought_content, tags = excluded.tags",
    "upsert of nothing": f"INSERT INTO {COLUMNS} VALUES (1, 1, 'a new index', NULL, 'new') ON CONFLICT (id) DO NOTHING; "
    "UPDATE ai_thought_history SET thought_content = 'wal' WHERE id = 1",
    "update of the id": "UPDATE ai_thought_history SET id = id + 100",
    "update of an id and text": "UPDATE ai_thought_history SET id = 50, thought_content = 'new', tags = 't' WHERE id = 1",
    "update or replace of an id": "UPDATE OR REPLACE ai_thought_history SET id = 2 WHERE id = 1",
    "update or replace of all ids": "UPDATE OR REPLACE ai_thought_history SET id = 3",
    "update or ignore of an id": "UPDATE OR IGNORE ai_thought_history SET id = 2 WHERE id = 1; "
    "UPDATE ai_thought_history SET thought_content = 'new' WHERE id IN (1, 2)",
    "update or replace by not null": "UPDATE OR IGNORE ai_thought_history SET thought_content = NULL WHERE id = 1",
    "insert or ignore of null": f"INSERT OR IGNORE INTO {COLUMNS} VALUES (1, 1, NULL, NULL, 'n')",
    "a row of the id -1": f"INSERT INTO {COLUMNS} VALUES (-1, 1, 'x', NULL, 'a'); INSERT INTO {COLUMNS} VALUES "
    "(NULL, 1, 'new', NULL, 'b'); UPDATE ai_thought_history SET thought_content = 'new wal' WHERE id = -1",
    "ids at the ends": f"INSERT INTO {COLUMNS} VALUES (9223372036854775807, 1, 'new', NULL, 'a'), "
    "(-9223372036854775808, 1, 'wal', NULL, 'b'), (0, 1, 'x', NULL, 'c')",
    "a trigger's update": "CREATE TRIGGER other AFTER INSERT ON ai_thought_history BEGIN "
    "UPDATE ai_thought_history SET tags = 'by trigger' WHERE id = new.id; END; "
    f"INSERT INTO {COLUMNS} VALUES (NULL, 1, 'new', NULL, 'b'); REPLACE INTO {COLUMNS} VALUES (1, 1, 'wal', NULL, 'b')",
    "vacuum": "DELETE FROM ai_thought_history WHERE id = 2; VACUUM",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "thoughts.db"
    thoughtsearch.open(path).close()
    with plain(path) as writer:
        writer.executemany(f"INSERT INTO {COLUMNS} VALUES (?, ?, ?, ?, ?)", ROWS)
    return path


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with thoughtsearch.open(path) as store:
        yield store


@pytest.fixture(params=[False, True], ids=["plain", "recursive triggers"])
def writer(path: Path, request: pytest.FixtureRequest) -> Iterator[sqlite3.Connection]:
    with plain(path, recursive=request.param) as connection:
        yield connection


@pytest.mark.parametrize("name", WRITES)
def test_the_index_follows(store: Store, writer: sqlite3.Connection, name: str) -> None:
    writer.executescript(WRITES[name])
    check(store, writer)
    writer.executescript("UPDATE ai_thought_history SET thought_content = 'index wal ' || id, tags = 'z'")
    check(store, writer)
    writer.execute("DELETE FROM ai_thought_history")
    check(store, writer)
    assert writer.execute("SELECT count(*) FROM ai_thought_history_vocab").fetchall() == [(0,)]


@pytest.mark.parametrize("name", [name for name in WRITES if name != "vacuum"])
def test_a_rollback_leaves_the_index_as_it_was(store: Store, writer: sqlite3.Connection, name: str) -> None:
    before = list(writer.execute("SELECT * FROM ai_thought_history_vocab"))
    for begin, end in (("BEGIN", "ROLLBACK"), ("BEGIN; SAVEPOINT inner", "ROLLBACK TO inner; COMMIT")):
        writer.executescript(f"{begin}; {WRITES[name]}; {end}")
        check(store, writer)
        assert list(writer.execute("SELECT * FROM ai_thought_history_vocab")) == before


def test_a_statement_that_fails_leaves_the_index_as_it_was(store: Store, writer: sqlite3.Connection) -> None:
    for form in ("INSERT", "INSERT OR ABORT", "INSERT OR FAIL"):
        with pytest.raises(sqlite3.IntegrityError):
            writer.execute(f"{form} INTO {COLUMNS} VALUES (1, 1, 'new', NULL, 'new')")
        check(store, writer)
    with pytest.raises(sqlite3.IntegrityError):
        writer.execute("UPDATE ai_thought_history SET id = 2 WHERE id = 1")
    check(store, writer)
    with pytest.raises(sqlite3.IntegrityError):
        writer.execute("UPDATE OR FAIL ai_thought_history SET id = 3 WHERE id < 3")
    check(store, writer)
    writer.execute("UPDATE ai_thought_history SET thought_content = 'new' WHERE id IN (1, 2, 3)")
    check(store, writer)
