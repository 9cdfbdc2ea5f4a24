"""The databases of earlier commits, and what each of them must come to."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import in_use
from tests.tools.make_database import FOLDER
from thoughtsearch.location import parse
from thoughtsearch.operations.doctor import Doctor
from thoughtsearch.store import Store

FILLER = 6_000  # as many as make a table large


class Kept(NamedTuple):
    """A file, and the version of the server that it is restored on."""

    path: Path
    version: str | None

    @property
    def name(self) -> str:
        return self.path.name.split(".")[0]

    @property
    def is_found(self) -> bool:
        return "-found-" in self.path.name


#: Makes the database of a file; its URL.
Restored: TypeAlias = Callable[[Kept], str]
KEPT = [
    Kept(path, version)
    for path in sorted(FOLDER.glob("*.gz"))
    for version in ([None] if path.name.startswith("sqlite") else in_use())
]
QUERIES = (
    "lock",
    "lock index",
    '"is locked"',
    "検索",
    "caf* naive",
    "possibly",
    "tag:sqlite",
    "tag:日本",
    "meta.step>=4",
    "meta.step!=4",
    "since:2026-01-02 until:2026-01-05",
    "session:7",
    "imported",
)


def check_searches(url: str, tmp_path: Path) -> None:
    """A search finds the same, with the same scores, as in a new database with the same thoughts."""
    with thoughtsearch.open(url) as store, thoughtsearch.open(tmp_path / "fresh.db") as fresh:
        thoughts = list(store.export())
        assert [thought.id for thought in thoughts] == list(range(1, len(thoughts) + 1))
        fresh.add_many(thoughts)
        assert len(thoughts) >= 6
        for query in QUERIES:
            assert found(store, query) == found(fresh, query), query
        assert len(found(store, "lock")) >= 4
        assert store.agents() is not None


def found(store: Store, query: str) -> list[object]:
    results = store.search(query, limit=100, total=True)
    assert results.warnings == (), query
    return [(hit.id, pytest.approx(hit.score), hit.snippet.text) for hit in results] + [results.total]


def check_well(url: str) -> None:
    report = Doctor(parse(url), full=True).examine()
    assert report.healthy, [finding for finding in report.findings if finding.level not in ("ok", "note")]


def check_writes(url: str) -> None:
    """A thought that is added, changed and deleted is found, found changed, and gone."""
    with thoughtsearch.open(url) as store:
        ident = store.add("a marvellous addition", tags=["added"])
        assert [hit.id for hit in store.search("marvellous tag:added")] == [ident]
    execute(url, f"UPDATE ai_thought_history SET thought_content = 'otherwise said' WHERE id = {ident}")
    with thoughtsearch.open(url) as store:
        assert [hit.id for hit in store.search("otherwise")] == [ident]
        assert not store.search("marvellous")
    execute(url, f"DELETE FROM ai_thought_history WHERE id = {ident}")
    with thoughtsearch.open(url) as store:
        assert not store.search("otherwise")


def execute(url: str, *statements: str) -> None:
    """As another program does."""
    if "://" in url:
        with psycopg.connect(url, autocommit=True) as server:
            for statement in statements:
                server.execute(statement.encode())
        return
    with contextlib.closing(sqlite3.connect(url)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def enlarge(url: str) -> None:
    """By so many thoughts that nothing slow is done when it is opened."""
    numbers = f"WITH RECURSIVE few(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM few WHERE n < {FILLER}) "
    rows = "SELECT 1, 'filler ' || n, '2025-01-01 00:00:00' FROM few"
    if "://" in url:
        rows = f"{numbers} SELECT 1, 'filler ' || n, timestamp '2025-01-01 00:00:00' FROM few"
        execute(url, f"INSERT INTO ai_thought_history (ai_id, thought_content, created_at) {rows}")
    else:
        execute(url, f"{numbers} INSERT INTO ai_thought_history (ai_id, thought_content, created_at) {rows}")
