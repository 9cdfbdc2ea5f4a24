"""What the SQLite tests share: a plain connection, and proof that the index is what the table says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from thoughtsearch import Store
from thoughtsearch.query.match import Document, match
from thoughtsearch.query.words import phrase

INTEGRITY = "INSERT INTO ai_thought_history_fts(ai_thought_history_fts, rank) VALUES('integrity-check', 1)"
WORDS = ("index", "wal", "sqlite", "run", "検索", "本", "cafe", "insight", "x", "new")


@contextmanager
def plain(path: Path | str, *, recursive: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection as any other program opens one."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    if recursive:
        connection.execute("PRAGMA recursive_triggers = ON")
    try:
        yield connection
    finally:
        connection.close()


def true_tags(rows: list[tuple[int, Any]]) -> set[tuple[str, int]]:
    """What the table of tags must hold."""
    return {(tag, ident) for ident, text in rows for part in str(text or "").split(",") if (tag := part.strip(" "))}


def check(store: Store, connection: sqlite3.Connection, *, complete: bool = True) -> None:
    """The index passes FTS5's own check, the tags are the table's, and searches find what `match` accepts."""
    if complete:
        connection.execute(INTEGRITY)
        tags = set(connection.execute("SELECT tag, thought_id FROM ai_thought_tag"))
        assert tags == true_tags(connection.execute("SELECT id, CAST(tags AS TEXT) FROM ai_thought_history").fetchall())
    indexed = {row[0] for row in connection.execute("SELECT id FROM ai_thought_history_fts_docsize")}
    documents = {thought.id: Document(thought) for thought in store.export()}
    assert indexed == set(documents) if complete else indexed <= set(documents)
    for word in WORDS:
        node = phrase(word)
        assert node is not None
        wanted = {ident for ident, document in documents.items() if ident in indexed and match(node, document)}
        assert {hit.id for hit in store.search(f'"{word}"', limit=10_000)} == wanted, word
