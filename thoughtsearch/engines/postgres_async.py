"""A pool of connections to PostgreSQL for asyncio: `postgres_connection.py`, awaited."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import psycopg

from ..errors import DatabaseUnavailable, ReadOnlyError
from .postgres_connection import MOST_CONNECTIONS, OPTIONS, begin, is_copy, row_of
from .postgres_errors import described, translated
from .statement import Plan, Row, Statement

T = TypeVar("T")


class AsyncPostgresConnection:
    """Runs plans, each in one transaction, many at once on as many connections as the pool may have."""

    def __init__(self, url: str, *, read_only: bool, timeout: float) -> None:
        from psycopg_pool import AsyncConnectionPool

        self.name = described(url)
        self.read_only = read_only
        self.timeout = timeout
        options = {**OPTIONS, "connect_timeout": max(2, int(timeout))}
        self._pool: Any = AsyncConnectionPool(
            url, min_size=1, max_size=MOST_CONNECTIONS, kwargs=options, open=False, name="thoughtsearch"
        )

    async def open(self) -> None:
        """Begin to connect."""
        with translated(self.name, self.timeout):
            await self._pool.open()

    async def run(self, plan: Plan[T], *, write: bool = False) -> T:
        """Drive the plan in one transaction; an error inside it rolls everything back."""
        if write and self.read_only:
            plan.close()
            raise ReadOnlyError(f"{self.name} was opened for reading only; nothing was written.")
        try:
            with translated(self.name, self.timeout):
                async with self._begun(write) as connection:
                    result = await _drive(connection, plan)
                    await connection.execute("COMMIT")
                    return result
        finally:
            plan.close()

    @contextlib.asynccontextmanager
    async def _begun(self, write: bool) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection in a transaction. One that the server has left meanwhile shows at BEGIN: another one is taken."""
        for _ in range(MOST_CONNECTIONS + 1):
            connection = await self._pool.getconn(self.timeout)
            try:
                try:
                    await connection.execute(begin(self.timeout, write=write))
                except psycopg.OperationalError:
                    if not connection.closed:
                        raise
                    continue  # the pool replaces it
                try:
                    yield connection
                except BaseException:
                    with contextlib.suppress(psycopg.Error):
                        await connection.rollback()
                    raise
                return
            finally:
                await self._pool.putconn(connection)
        raise DatabaseUnavailable(f"{self.name} does not keep its connections; it may be restarting. Try again.")

    async def close(self) -> None:
        """Close all connections. A second call does nothing."""
        await self._pool.close()


async def _drive(connection: psycopg.AsyncConnection[Any], plan: Plan[T]) -> T:
    async with connection.cursor() as cursor:
        try:
            statement = next(plan)
            while True:
                statement = plan.send(await _execute(cursor, statement))
        except StopIteration as stop:
            result: T = stop.value
            return result


async def _execute(cursor: psycopg.AsyncCursor[Any], statement: Statement) -> list[Row]:
    if not statement.many:
        await cursor.execute(statement.sql.encode(), statement.parameters or None)
    elif is_copy(statement):
        async with cursor.copy(statement.sql.encode()) as copy:
            for parameters in statement.parameters:
                await copy.write_row(row_of(parameters))
    else:
        await cursor.executemany(statement.sql.encode(), statement.parameters)
    return await cursor.fetchall() if cursor.description and not statement.many else []
