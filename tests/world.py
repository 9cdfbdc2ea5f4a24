"""A fresh database for a test: its store, and a foreign writer that knows nothing of thoughtsearch."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import thoughtsearch
from thoughtsearch.engines.statement import Plan, Row, Statement
from thoughtsearch.models import COLUMNS, Thought
from thoughtsearch.query.match import Document
from thoughtsearch.query.tree import Node
from thoughtsearch.store import Store

#: Values of columns as a foreign writer puts them there, unchecked.
Raw: TypeAlias = Mapping[str, Any]
RAM = "/dev/shm" if Path("/dev/shm").is_dir() else None


class World:
    """One database. `execute` writes to it past the store, with `?` for parameters."""

    def __init__(self, url: str, execute: Callable[[str, Sequence[Any]], list[Any]]) -> None:
        self.url = url
        self.store: Store = thoughtsearch.open(url)
        self.execute = execute

    def write(self, *rows: Raw) -> None:
        """INSERT these rows as a foreign writer does; ai_id is 1 and the content "x" where not given."""
        for row in rows:
            filled = {"ai_id": 1, "thought_content": "x"} | dict(row)
            names, marks = ", ".join(filled), ", ".join("?" * len(filled))
            self.execute(f"INSERT INTO ai_thought_history ({names}) VALUES ({marks})", list(filled.values()))

    def say(self, *contents: str, **columns: Any) -> list[int]:
        """Store these texts through the store; their ids."""
        return [self.store.add(content, **columns) for content in contents]

    def ask(self, statement: Statement) -> list[Row]:
        """The rows of one statement."""

        def plan() -> Plan[list[Row]]:
            return (yield statement)

        return self.store.connection.run(plan())

    def ranked(self, node: Node, limit: int = 10_000) -> list[tuple[int, float]]:
        """(id, score) of what the engine finds for the tree, in its order."""
        rows = self.ask(self.store.dialect.page(node, limit, None))
        return [(row[0], float(row[-1])) for row in rows]

    def documents(self) -> dict[int, Document]:
        """Every thought as the definition of matching sees it: the metadata is what the row holds."""
        texts = dict(self.execute("SELECT id, metadata FROM ai_thought_history", ()))
        documents = {}
        for thought in self.store.export():
            assert thought.id is not None
            documents[thought.id] = document = Document(thought)
            held = texts[thought.id] or "{}"
            document.metadata = held.decode("utf-8", "replace") if isinstance(held, bytes) else str(held)
        return documents

    def found(self, query: str = "", **options: Any) -> list[int]:
        """The ids of all hits, sorted."""
        return sorted(hit.id for hit in self.store.search(query, **{"limit": 10_000, **options}))


Fresh: TypeAlias = Callable[[], AbstractContextManager[World]]


@contextlib.contextmanager
def sqlite_world() -> Iterator[World]:
    """On SQLite, in a temporary file."""
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        path = str(Path(folder) / "thoughts.db")
        opened: list[sqlite3.Connection] = []

        def execute(sql: str, parameters: Sequence[Any]) -> list[Any]:
            if not opened:
                opened.append(sqlite3.connect(path, isolation_level=None))
            return opened[0].execute(sql, parameters).fetchall()

        world = World(path, execute)
        try:
            yield world
        finally:
            world.store.close()
            for connection in opened:
                connection.close()


ENGINES: dict[str, Fresh] = {"sqlite": sqlite_world}


def record(thought: Thought) -> dict[str, Any]:
    """The columns of a thought, by name."""
    return {name: getattr(thought, name) for name in COLUMNS}


def ids(hits: Iterable[thoughtsearch.Hit]) -> list[int]:
    """The ids in the order of the hits."""
    return [hit.id for hit in hits]
