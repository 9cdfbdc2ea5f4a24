"""Open a location: get a dialect that is ready, and a connection that runs plans."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager

from ..location import Location
from ..progress import Bar, unseen
from ..sql import migrations
from .contract.checkup import Checkup
from .contract.dialect import Dialect
from .contract.engine import AsyncConnection, Connection, DatabaseState, Engine


def open_engine(location: Location, *, read_only: bool = False, timeout: float) -> Engine:
    """Open the database without changing it."""
    if location.engine == "sqlite":
        from .sqlite.engine import SqliteEngine

        return SqliteEngine(location, read_only=read_only, timeout=timeout)
    from .postgres.engine import PostgresEngine

    return PostgresEngine(location, read_only=read_only, timeout=timeout)


def sqlite_driver(connection: Connection) -> AbstractContextManager[sqlite3.Connection]:
    """The connection of the module sqlite3 within one of ours to a SQLite file, for a library that works on such a one.

    So it sees the file as we opened it, and opens none itself.
    """
    from .sqlite.connection import SqliteConnection

    assert isinstance(connection, SqliteConnection)
    return connection.driver()


def checkup(engine: Engine, *, full: bool, bar: Bar) -> Checkup:
    """The check-up that inspects and mends an opened database. With `full` it looks at every thought."""
    from .sqlite.engine import SqliteEngine

    if isinstance(engine, SqliteEngine):
        from .sqlite.checks.checkup import checkup as of_sqlite

        return of_sqlite(engine.connection, full=full)
    from .postgres.checks.checkup import checkup as of_postgres
    from .postgres.engine import PostgresEngine

    assert isinstance(engine, PostgresEngine)
    return of_postgres(engine, full=full, bar=bar)


def _analyse_again(engine: Engine) -> None:
    """Index a small table anew if an earlier version computed its vectors in another way."""
    if not engine.must_analyse_again:
        return
    from .postgres.checks.database import Database
    from .postgres.checks.thoughts import Thoughts
    from .postgres.engine import PostgresEngine

    assert isinstance(engine, PostgresEngine)
    Thoughts(Database(engine, full=True, bar=unseen)).mended()
    engine.find()


def schema_script(location: Location, shape: str | None) -> Iterator[tuple[str, str]]:
    """The titles and scripts that make the schema in an empty database, in order."""
    if location.engine == "sqlite":
        for step in migrations("sqlite"):
            yield f"migration {step.version}: {step.name}", step.script
        return
    from .postgres.cloudbrain import script

    # Whoever uses another schema than public must change the name throughout.
    yield from script("public", for_cloudbrain=shape == "cloudbrain")


def described(location: Location) -> str:
    """The database as a person reads it: a path, or `thoughts at db.example:5433`. Raises InputError for a bad URL."""
    if location.engine == "sqlite":
        return location.target
    from .postgres.errors import described as of_postgres

    return of_postgres(location.target)


def look(location: Location, *, timeout: float) -> DatabaseState:
    """The state of the database, found by reading only. Raises the errors of Engine.find()."""
    engine = open_engine(location, read_only=True, timeout=timeout)
    try:
        return engine.find()
    finally:
        engine.connection.close()


def check_adopted(location: Location, *, timeout: float) -> None:
    """Raises NotAdopted for a SQLite table of another program, before the file is opened for writing.

    The last connection that closes a file opened for writing moves the write-ahead log into the file.
    """
    if location.engine != "sqlite" or not os.path.exists(f"{location.target}-wal"):
        return
    engine = open_engine(location, read_only=True, timeout=timeout)
    try:
        engine.check_adopted()
    finally:
        engine.connection.close()


def connect(
    location: Location, *, read_only: bool, timeout: float, shared: bool = True, adopt: bool = False
) -> tuple[Dialect, Connection]:
    """Open the database and, unless it is only read, make it ready.

    With `shared`, threads may use the connection without waiting for each other where the engine can do that. Raises
    NotAdopted for a table that another program made, and changes nothing, unless `adopt` is true.
    """
    if not (adopt or read_only):
        check_adopted(location, timeout=timeout)
    engine = open_engine(location, read_only=read_only, timeout=timeout)
    try:
        engine.prepare(adopt=adopt)
        _analyse_again(engine)
        return engine.dialect, engine.shared() if shared else engine.connection
    except BaseException:
        engine.connection.close()
        raise


async def aconnect(
    location: Location, *, read_only: bool, timeout: float, adopt: bool = False
) -> tuple[Dialect, AsyncConnection]:
    """`connect` for asyncio."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from .threaded import ThreadedConnection

    executor = ThreadPoolExecutor(1, thread_name_prefix="thoughtsearch")

    def opened() -> tuple[Dialect, Connection]:
        return connect(location, read_only=read_only, timeout=timeout, shared=False, adopt=adopt)

    try:
        dialect, connection = await asyncio.get_running_loop().run_in_executor(executor, opened)
    except BaseException:
        executor.shutdown(wait=False)
        raise
    threaded = ThreadedConnection(connection, executor)
    if location.engine == "sqlite":
        return dialect, threaded
    from .postgres.async_connection import AsyncPostgresConnection

    await threaded.close()
    pool = AsyncPostgresConnection(location.target, read_only=read_only, timeout=timeout)
    await pool.open()
    return dialect, pool
