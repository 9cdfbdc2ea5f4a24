"""What others dropped is made anew when the database is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

import thoughtsearch
from tests.sqlite.tools import check, plain
from thoughtsearch import DatabaseError, SchemaError

DAMAGES = (
    "DROP TRIGGER ai_thought_history_fts_insert",
    "DROP TRIGGER ai_thought_tag_update",
    "DROP TABLE ai_thought_history_fts",
    "DROP TABLE ai_thought_tag",
    "DROP VIEW ai_thought_history_read",
    "DROP VIEW ai_thought_history_text",
    "DROP INDEX ai_thought_history_created_utc",
    "DROP TABLE thoughtsearch_state",
    "DROP TABLE thoughtsearch_migration",
    "DROP TABLE ai_thought_history_vocab; DROP TABLE ai_thought_history_fts; DROP TRIGGER ai_thought_history_fts_delete",
    "DROP TABLE ai_thought_history",
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_dropped_is_mended_when_opened(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "thoughts.db"
    with thoughtsearch.open(path) as store:
        store.add("the old wal", tags=["a", "b"])
    with plain(path) as other:
        other.executescript(damage)
        if "DROP TRIGGER" in damage and "TABLE" not in damage:
            other.execute("INSERT INTO ai_thought_history (ai_id, thought_content, tags) VALUES (1, 'unseen wal', 'c')")
        with thoughtsearch.open(path) as store:
            store.add("the new wal", tags=["a"])
            assert len(store.search("wal")) == len(list(store.export()))
            check(store, other)


def test_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "thoughts.db"
    thoughtsearch.open(path).close()
    with plain(path) as other:
        other.execute("INSERT INTO thoughtsearch_migration (version, name) VALUES (999, 'later')")
        with pytest.raises(SchemaError, match="newer"):
            thoughtsearch.open(path)


def test_a_table_that_vanishes_while_open_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "thoughts.db"
    with thoughtsearch.open(path) as store, plain(path) as other:
        other.execute("DROP TABLE ai_thought_history_fts")
        for call in (lambda: store.search("x"), lambda: store.add("x")):
            with pytest.raises(DatabaseError):
                call()
