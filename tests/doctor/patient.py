"""A database with a few thoughts for the doctor, and another program that does something to it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

import thoughtsearch
from tests.postgres.server import Server, fresh_database
from tests.world import FOUND
from thoughtsearch import Store
from thoughtsearch.engines.contract.checkup import Finding
from thoughtsearch.location import parse
from thoughtsearch.operations.doctor import Doctor, DoctorReport
from thoughtsearch.query.match import Document, match
from thoughtsearch.query.words import phrase

THOUGHTS = [
    {"thought_content": "WAL mode fixed the lock", "ai_id": 3, "thought_type": "insight", "tags": ["sqlite", "wal"]},
    {"thought_content": "the database is locked at noon", "ai_id": 3, "session_id": 7, "metadata": {"step": 4}},
    {"thought_content": "検索は速い with the index", "ai_id": 4, "tags": ["日本"], "session_id": 7},
    {"thought_content": "café, naïve and indexed twice", "ai_id": 4, "thought_type": "question"},
    {"thought_content": "running out of locks", "ai_id": 5, "tags": ["sqlite"], "session_id": 8},
]
#: Words of the thoughts, and of what the other programs of the tests write.
WORDS = ("lock", "index", "検索", "cafe", "insight", "sqlite", "unseen", "changed", "noon", "other", "filler", "日本")


@dataclass
class Patient:
    """One database; `execute` is what another program does, each statement on its own."""

    engine: str
    url: str

    def execute(self, *statements: str) -> list[Any]:
        """The rows of the last of these."""
        if self.engine == "sqlite":
            with contextlib.closing(sqlite3.connect(self.url, isolation_level=None)) as connection:
                for statement in statements:
                    rows = connection.execute(statement).fetchall()
                return rows
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def examine(self, **options: Any) -> DoctorReport:
        return Doctor(parse(self.url), **options).examine()

    def repair(self, **options: Any) -> DoctorReport:
        return Doctor(parse(self.url), **options).repair()

    @property
    def thoughts(self) -> str:
        """All that the table holds of the thoughts themselves."""
        columns = "id, ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata, created_at"
        return repr(self.execute(f"SELECT {columns} FROM ai_thought_history ORDER BY id"))


def findings(report: DoctorReport) -> list[Finding]:
    """What is wrong, without what could not be looked at because of that."""
    return [finding for finding in report.findings if finding.level == "finding"]


def check_searches(url: str) -> None:
    """A search finds what the definition of a match accepts, by words and by tags."""
    with thoughtsearch.open(url, read_only=True) as store:
        documents = {thought.id: Document(thought) for thought in store.export()}
        for word in WORDS:
            node = phrase(word)
            assert node is not None
            wanted = {ident for ident, document in documents.items() if match(node, document)}
            assert _found(store, f'"{word}"') == wanted, word
        for tag in ("sqlite", "wal", "日本", "late"):
            assert _found(store, tags=[tag]) == {ident for ident, one in documents.items() if tag in one.thought.tags}, tag
        assert store.search("lock").warnings == ()


def _found(store: Store, query: str = "", **options: Any) -> set[int]:
    return {hit.id for hit in store.search(query, limit=10_000, **options)}


@contextlib.contextmanager
def sqlite_patient(folder: Path) -> Iterator[Patient]:
    path = str(folder / "thoughts.db")
    with thoughtsearch.open(path) as store:
        store.add_many(THOUGHTS)
    yield Patient("sqlite", path)


@contextlib.contextmanager
def postgres_patient(server: Server, *, found: bool) -> Iterator[Patient]:
    def fill(url: str) -> None:
        if found:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(FOUND)
        with thoughtsearch.open(url, adopt=found) as store:
            store.add_many(THOUGHTS)

    name = f"doctor_{'found' if found else 'own'}"
    with fresh_database(server, server.template(name, fill)) as url:
        yield Patient("found" if found else "own", url)
