"""A fresh database for a test: its store, and a foreign writer that knows nothing of thoughtsearch."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timezone
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

import thoughtsearch
from tests.postgres.server import for_test, in_use
from thoughtsearch import InputError
from thoughtsearch.engines.contract.statement import Plan, Row, Statement
from thoughtsearch.engines.differences import Kind, differs
from thoughtsearch.models import COLUMNS, Thought
from thoughtsearch.query.match import Document
from thoughtsearch.query.times import parse_timestamp
from thoughtsearch.query.tree import Node
from thoughtsearch.store import Store

#: Values of columns as a foreign writer puts them there, unchecked.
Raw: TypeAlias = Mapping[str, Any]
RAM = "/dev/shm" if Path("/dev/shm").is_dir() else None


class World:
    """One database. `execute` writes to it past the store, with `?` for parameters.

    `adapt` makes of a careless writer's values what the table's columns can take.
    """

    def __init__(
        self,
        url: str,
        execute: Callable[[str, Sequence[Any]], list[Any]],
        adapt: Callable[[str, Any], Any] = lambda column, value: value,
        metadata: str = "metadata",
        *,
        kind: Kind = "postgresql",
        adopt: bool = False,
    ) -> None:
        self.url = url
        #: What a test asks `differs` for.
        self.kind: Kind = kind
        self.store: Store = thoughtsearch.open(url, adopt=adopt)
        self.execute = execute
        self._adapt = adapt
        self._metadata = metadata

    def write(self, *rows: Raw) -> None:
        """INSERT these rows as a foreign writer does; ai_id is 1 and the content "x" where not given."""
        for row in rows:
            filled = {"ai_id": 1, "thought_content": "x"} | dict(row)
            names, marks = ", ".join(filled), ", ".join("?" * len(filled))
            values = [self._adapt(name, value) for name, value in filled.items()]
            self.execute(f"INSERT INTO ai_thought_history ({names}) VALUES ({marks})", values)

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
        return [(one.id, one.score) for one in self.store.connection.run(self.store.dialect.page(node, limit))]

    def documents(self) -> dict[int, Document]:
        """Every thought as the definition of matching sees it: the metadata is what the row holds."""
        texts = dict(self.execute(f"SELECT id, {self._metadata} FROM ai_thought_history", ()))
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

        world = World(path, execute, kind="sqlite")
        try:
            yield world
        finally:
            world.store.close()
            for connection in opened:
                connection.close()


#: Why a column does not take whatever a foreign writer gives.
_TYPED = {"created_at": "typed-values", "metadata": "typed-metadata", "tags": "tags-as-array"}


def _as_postgres_takes_it(connection: psycopg.Connection[Any], column: str, value: Any) -> Any:
    """What no foreign writer could store there becomes NULL or the nearest that can be stored."""
    if column == "tags" and value is not None:
        return [tag for part in value.split(",") if (tag := part.strip(" "))]
    if column == "metadata":
        return _as_jsonb(connection, value)
    if column == "created_at":
        try:
            return parse_timestamp(value).astimezone(timezone.utc).isoformat(sep=" ")
        except (InputError, AttributeError):
            return None
    return value


def _as_jsonb(connection: psycopg.Connection[Any], value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return str(connection.execute("SELECT %s::jsonb::text", [value or "{}"]).fetchall()[0][0])
    except (psycopg.DataError, psycopg.errors.StatementTooComplex):
        return json.dumps(value)


_ASIDE: dict[tuple[str, bool], list[str]] = {}
_CLEAN = """
    TRUNCATE ai_thought_history, thoughtsearch_imported, thoughtsearch_import_file RESTART IDENTITY;
    DROP TABLE IF EXISTS ai_profiles, ai_thought_embedding; DELETE FROM thoughtsearch_state;
    DELETE FROM thoughtsearch_model; DELETE FROM thoughtsearch_unembedded
"""


#: The table as CloudBrain makes it on PostgreSQL.
FOUND = """
CREATE TABLE ai_thought_history (
    id bigserial PRIMARY KEY, ai_id bigint NOT NULL, session_id bigint, cycle_number bigint, thought_content text NOT NULL,
    thought_type text, tags text, metadata text, created_at timestamp DEFAULT (now() AT TIME ZONE 'UTC'))
"""
_INDEXED_METADATA = "(SELECT s.metadata::text FROM thoughtsearch_thought AS s WHERE s.id = ai_thought_history.id)"


@contextlib.contextmanager
def postgres_world(version: str, *, found: bool = False) -> Iterator[World]:
    """On PostgreSQL, in a database of its own. Made once and emptied for the next: much quicker than a new one.

    `found`: the table was there before.
    """
    server = for_test(version)
    spare = _ASIDE.setdefault((version, found), [])
    if not spare:
        name = f"world_{version}_{next(_numbers)}"
        spare.append(server.create_database(name))
        if found:
            with psycopg.connect(spare[0], autocommit=True) as connection:
                connection.execute(FOUND)
    url = spare.pop()
    with psycopg.connect(url, autocommit=True) as connection:

        def execute(sql: str, parameters: Sequence[Any]) -> list[Any]:
            cursor = connection.execute(sql.replace("?", "%s").encode(), parameters)
            return cursor.fetchall() if cursor.description else []

        kind: Kind = "postgresql-found" if found else "postgresql"

        def adapt(column: str, value: Any) -> Any:
            typed = column in _TYPED and differs(_TYPED[column], kind)
            return _as_postgres_takes_it(connection, column, value) if typed else value

        world = World(url, execute, adapt, _INDEXED_METADATA if found else "metadata::text", kind=kind, adopt=found)
        try:
            yield world
        finally:
            world.store.close()
            connection.execute(_CLEAN)
    spare.append(url)


_numbers = count()
#: The engines of the contract: the newest PostgreSQL, and the oldest with a table that was there before. (All versions
#: would take CI a quarter of an hour; tests/postgres/ runs on each.)
ENGINES: dict[str, Fresh] = {
    "sqlite": sqlite_world,
    f"postgresql-{in_use()[0]}": partial(postgres_world, in_use()[0]),
    "postgresql-found": partial(postgres_world, in_use()[-1], found=True),
}


def kind_of(engine: str) -> Kind:
    """The kind of database that an engine of the contract is."""
    return "sqlite" if engine == "sqlite" else "postgresql-found" if engine.endswith("found") else "postgresql"


def record(thought: Thought) -> dict[str, Any]:
    """The columns of a thought, by name."""
    return {name: getattr(thought, name) for name in COLUMNS}


def ids(hits: Iterable[thoughtsearch.Hit]) -> list[int]:
    """The ids in the order of the hits."""
    return [hit.id for hit in hits]
