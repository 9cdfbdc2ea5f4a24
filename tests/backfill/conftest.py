"""A database in which CloudBrain's table was found, on each engine: large enough that opening it does not index it."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from tests.postgres.server import for_test, fresh_database, in_use
from tests.sqlite import shapes
from tests.world import RAM

COUNT = 5_200
INSERT = shapes.INSERT
#: As CloudBrain makes it on PostgreSQL, with the neighbours that a live table has.
POSTGRES = """
CREATE TABLE ai_profiles (id SERIAL PRIMARY KEY, name TEXT NOT NULL, nickname TEXT);
CREATE TABLE ai_thought_history (
    id SERIAL PRIMARY KEY, ai_id INTEGER NOT NULL REFERENCES ai_profiles(id), session_id INTEGER, cycle_number INTEGER,
    thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT, metadata TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
INSERT INTO ai_profiles (name, nickname) VALUES ('Ada', 'ada');
"""
#: All that a schema holds. Not by oid: what was made in another order has another one.
OBJECTS = """
SELECT 'relation', relname::text, coalesce(pg_get_indexdef(CASE relkind WHEN 'i' THEN oid END), relkind::text), relacl::text
FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'function', proname::text, prosrc, proacl::text
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang > 16
UNION ALL SELECT 'trigger', tgname::text, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'column', attname::text, format_type(atttypid, atttypmod), attrelid::regclass::text
FROM pg_attribute WHERE attrelid = to_regclass('ai_thought_history') AND attnum > 0
ORDER BY 1, 2, 3, 4
"""


class Brain:
    """CloudBrain's database. `execute` is CloudBrain's, with `?` for parameters; `objects` lists all that is in there."""

    def __init__(self, url: str, execute: Callable[..., list[Any]], objects: Callable[[], list[Any]]) -> None:
        self.url = url
        self.execute = execute
        self.objects = objects

    def fill(self, count: int) -> None:
        """So many rows with CloudBrain's INSERT."""
        self.execute(
            "INSERT INTO ai_thought_history (ai_id, session_id, cycle_number, thought_content, thought_type, tags) "
            f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count}) "
            "SELECT 1, n % 7, n, 'old thought w' || n, 'insight', 'old,t' || n % 3 FROM n"
        )

    def rows(self) -> list[Any]:
        """All that the table holds."""
        return self.execute("SELECT * FROM ai_thought_history ORDER BY id")


Made: TypeAlias = Callable[[], AbstractContextManager[Brain]]


@contextlib.contextmanager
def sqlite_brain(script: str = shapes.A) -> Iterator[Brain]:
    """On SQLite, with an FTS5 index of its own."""
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        path = Path(folder) / "brain.db"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript(script)

            def execute(sql: str, *parameters: Any) -> list[Any]:
                return connection.execute(sql, parameters).fetchall()

            def objects() -> list[Any]:
                return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()

            yield Brain(str(path), execute, objects)


@contextlib.contextmanager
def postgres_brain(version: str, script: str = POSTGRES) -> Iterator[Brain]:
    """On PostgreSQL."""
    with (
        fresh_database(for_test(version)) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(script.encode())

        def execute(sql: str, *parameters: Any) -> list[Any]:
            cursor = connection.execute(sql.replace("?", "%s").encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

        def objects() -> list[Any]:
            return connection.execute(OBJECTS.encode()).fetchall()

        yield Brain(url, execute, objects)


MADE: dict[str, Made] = {
    "sqlite": sqlite_brain,
    **{f"postgresql-{name}": partial(postgres_brain, name) for name in in_use()},
}


@pytest.fixture(params=list(MADE))
def made(request: pytest.FixtureRequest) -> Made:
    """Makes a database with an empty table."""
    return MADE[request.param]


@pytest.fixture
def empty(made: Made) -> Iterator[Brain]:
    """An empty table."""
    with made() as one:
        yield one


@pytest.fixture
def brain(empty: Brain) -> Brain:
    """A table with so many rows that it is not indexed when it is opened."""
    empty.execute("INSERT INTO ai_profiles (id, name) SELECT 1, 'Ada' WHERE NOT EXISTS (SELECT 1 FROM ai_profiles)")
    empty.fill(COUNT)
    return empty
