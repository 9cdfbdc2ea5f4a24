"""From a location to an engine that is ready: its dialect, and a connection that runs plans."""

from __future__ import annotations

from ..errors import MissingFeature
from ..location import Location
from .dialect import Dialect
from .engine import AsyncConnection, Connection, Engine


def open_engine(location: Location, *, read_only: bool = False, timeout: float) -> Engine:
    """Open it as it is."""
    if location.engine == "sqlite":
        from .sqlite_engine import SqliteEngine

        return SqliteEngine(location, read_only=read_only, timeout=timeout)
    raise MissingFeature("This version of thoughtsearch works on SQLite only; name a file, such as thoughts.db.")


def connect(location: Location, *, read_only: bool, timeout: float) -> tuple[Dialect, Connection]:
    """Open it and make it ready, unless it is only read."""
    engine = open_engine(location, read_only=read_only, timeout=timeout)
    try:
        engine.prepare()
    except BaseException:
        engine.connection.close()
        raise
    return engine.dialect, engine.connection


async def aconnect(location: Location, *, read_only: bool, timeout: float) -> tuple[Dialect, AsyncConnection]:
    """As `connect`, for asyncio."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from .threaded import ThreadedConnection

    executor = ThreadPoolExecutor(1, thread_name_prefix="thoughtsearch")

    def opened() -> tuple[Dialect, Connection]:
        return connect(location, read_only=read_only, timeout=timeout)

    try:
        dialect, connection = await asyncio.get_running_loop().run_in_executor(executor, opened)
    except BaseException:
        executor.shutdown(wait=False)
        raise
    return dialect, ThreadedConnection(connection, executor)
