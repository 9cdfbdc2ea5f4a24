"""From a location to an engine that is ready: its dialect, and a connection that runs plans."""

from __future__ import annotations

from ..location import Location
from .dialect import Dialect
from .engine import AsyncConnection, Connection, Engine


def open_engine(location: Location, *, read_only: bool = False, timeout: float) -> Engine:
    """Open it as it is."""
    if location.engine == "sqlite":
        from .sqlite_engine import SqliteEngine

        return SqliteEngine(location, read_only=read_only, timeout=timeout)
    from .postgres_engine import PostgresEngine

    return PostgresEngine(location, read_only=read_only, timeout=timeout)


def connect(location: Location, *, read_only: bool, timeout: float, shared: bool = True) -> tuple[Dialect, Connection]:
    """Open it and make it ready, unless it is only read. `shared`: for threads, which need not wait for each other."""
    engine = open_engine(location, read_only=read_only, timeout=timeout)
    try:
        engine.prepare()
        return engine.dialect, engine.shared() if shared else engine.connection
    except BaseException:
        engine.connection.close()
        raise


async def aconnect(location: Location, *, read_only: bool, timeout: float) -> tuple[Dialect, AsyncConnection]:
    """As `connect`, for asyncio."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from .threaded import ThreadedConnection

    executor = ThreadPoolExecutor(1, thread_name_prefix="thoughtsearch")

    def opened() -> tuple[Dialect, Connection]:
        return connect(location, read_only=read_only, timeout=timeout, shared=False)

    try:
        dialect, connection = await asyncio.get_running_loop().run_in_executor(executor, opened)
    except BaseException:
        executor.shutdown(wait=False)
        raise
    threaded = ThreadedConnection(connection, executor)
    if location.engine == "sqlite":
        return dialect, threaded
    from .postgres_async import AsyncPostgresConnection

    await threaded.close()
    pool = AsyncPostgresConnection(location.target, read_only=read_only, timeout=timeout)
    await pool.open()
    return dialect, pool
