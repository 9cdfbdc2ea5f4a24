"""Databases with a table that another program made, and a way to see whether anything of them has changed."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from tests.backfill.conftest import POSTGRES
from tests.cli.conftest import no_settings, run
from tests.postgres.server import for_test, fresh_database, in_use
from tests.sqlite import shapes

__all__ = ["no_settings", "run"]

_POSTGRES_ROWS = """
INSERT INTO ai_thought_history (ai_id, thought_content, thought_type, tags) VALUES
    (1, 'running the indexes', 'insight', 'sqlite,wal'), (1, 'the lock at noon', NULL, '')
"""
#: Every entry of the catalogue that could come, go or be changed, and every row.
_CATALOGUE = [
    "SELECT count(*), md5(string_agg(oid || ' ' || xmin, ',' ORDER BY oid)) FROM pg_class",
    "SELECT count(*), md5(string_agg(oid || ' ' || xmin, ',' ORDER BY oid)) FROM pg_proc",
    "SELECT count(*), md5(string_agg(oid || ' ' || xmin, ',' ORDER BY oid)) FROM pg_trigger",
    "SELECT count(*), md5(string_agg(oid || ' ' || xmin, ',' ORDER BY oid)) FROM pg_namespace",
    "SELECT count(*), md5(string_agg(attrelid || ' ' || attnum || ' ' || xmin, ',' ORDER BY attrelid, attnum)) "
    "FROM pg_attribute",
    "SELECT count(*), md5(string_agg(h::text || xmin, ',' ORDER BY id)) FROM ai_thought_history AS h",
]
#: Another program, which has the file open in WAL mode and has written to it, until its input ends.
_WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'kept in the log')")
print("ready", flush=True)
sys.stdin.read()
"""


@dataclass
class FoundDatabase:
    """`state` is all that may not change: of a file its bytes and what lies beside it, of a server its catalogue."""

    url: str
    state: Callable[[], Any]
    execute: Callable[[str], Any]


Made: TypeAlias = Callable[[Path], AbstractContextManager[FoundDatabase]]


def _files(folder: Path) -> dict[str, str]:
    # What another program's connection notes in the shared memory of the log is no content of the database.
    return {
        path.name: "" if path.name.endswith("-shm") else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
    }


@contextlib.contextmanager
def _file(folder: Path, *, journal: str = "delete", script: str = shapes.A) -> Iterator[FoundDatabase]:
    path = folder / "found" / "brain.db"
    path.parent.mkdir(exist_ok=True)
    shapes.make(path, script)

    def execute(sql: str) -> list[Any]:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA legacy_alter_table = OFF")
            return connection.execute(sql).fetchall()

    execute(f"PRAGMA journal_mode = {journal}")
    yield FoundDatabase(str(path), lambda: _files(path.parent), execute)


@contextlib.contextmanager
def _file_in_use(folder: Path) -> Iterator[FoundDatabase]:
    with _file(folder, journal="wal") as found:
        # Not in this process: to read the file here would drop the locks that SQLite holds for it.
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, found.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        assert set(found.state()) == {"brain.db", "brain.db-wal", "brain.db-shm"}
        try:
            yield found
        finally:
            writer.communicate()


@contextlib.contextmanager
def _file_left_behind(folder: Path) -> Iterator[FoundDatabase]:
    """Its writer was killed: what it wrote last is in the log alone."""
    with _file(folder, journal="wal") as found:
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, found.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        writer.kill()
        writer.communicate()
        assert set(found.state()) == {"brain.db", "brain.db-wal", "brain.db-shm"}
        yield found


@contextlib.contextmanager
def _served(version: str, folder: Path) -> Iterator[FoundDatabase]:
    with (
        fresh_database(for_test(version)) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute((POSTGRES + _POSTGRES_ROWS).encode())

        def execute(sql: str) -> list[Any]:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

        yield FoundDatabase(url, lambda: [execute(query) for query in _CATALOGUE], execute)


FILES: dict[str, Made] = {
    "sqlite": _file,
    "sqlite-no-index": partial(_file, script=shapes.PROFILES + shapes.TABLE),
    "sqlite-wal": partial(_file, journal="wal"),
    "sqlite-in-use": _file_in_use,
    "sqlite-left-behind": _file_left_behind,
}
SERVED: dict[str, Made] = {f"postgresql-{version}": partial(_served, version) for version in in_use()}


@pytest.fixture(params=[*FILES, *SERVED])
def found(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FoundDatabase]:
    """A database with a table that another program made."""
    with (FILES | SERVED)[request.param](tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", *SERVED])
def plain_found(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FoundDatabase]:
    """The same, once for each engine."""
    with (FILES | SERVED)[request.param](tmp_path) as made:
        yield made
