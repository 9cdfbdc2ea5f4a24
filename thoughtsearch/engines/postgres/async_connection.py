"""A pool of connections to PostgreSQL for asyncio: the awaited twin of `connection.py`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import psycopg

from ...errors import DatabaseUnavailable, ReadOnlyError
from ..contract.deadline import NO_DEADLINE, Deadline
from ..contract.statement import Plan, Row, Statement
from .connection import (
    MOST_CONNECTIONS,
    PATIENCE,
    Bound,
    Failure,
    announced,
    begin,
    is_copy,
    is_untouched,
    patience,
    pool_options,
    row_of,
)
from .errors import described, translated, unreachable

T = TypeVar("T")


class AsyncPostgresConnection:
    """Runs plans, each in one transaction. Many may run at once, on as many connections as the pool may have."""

    def __init__(self, url: str, *, read_only: bool, timeout: float) -> None:
        self.name = described(url)
        self.read_only = read_only
        self.timeout = timeout
        self._failure = Failure()
        self._pool = _pool(url, timeout, self._failure)

    async def open(self) -> None:
        """Connect."""
        began = time.monotonic()
        try:
            with translated(self.name, self.timeout):
                # wait=True: a cancellation can escape the pool's tasks while they begin, and the loop would never end.
                await self._pool.open(wait=True, timeout=patience(self.timeout))
        except BaseException as error:
            await asyncio.shield(self._pool.close())
            failure = self._failure.since(began)
            if failure and isinstance(error, DatabaseUnavailable):
                raise unreachable(failure, self.name) from failure
            raise

    async def run(self, plan: Plan[T], *, write: bool = False, deadline: Deadline = NO_DEADLINE) -> T:
        """Drive the plan in one transaction. An error inside it rolls everything back.

        Raises SearchTimeout if the deadline passes meanwhile.
        """
        try:
            if write and self.read_only:
                raise ReadOnlyError(f"{self.name} was opened for reading only; nothing was written.")
            with translated(self.name, self.timeout, write=write):
                async with self._begun(write, deadline) as connection:
                    result = await _drive(connection, plan, Bound(deadline))
                    await connection.execute("COMMIT")
                    return result
        finally:
            plan.close()

    async def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None:
        """Drive two plans that write at the same time, each on a connection of its own.

        The second commits after the first, and only if the first did. Where no second connection is free, it waits for that
        of the first.
        """
        begun, done = asyncio.Event(), asyncio.Event()
        other = asyncio.create_task(self._run_behind(second, begun, done))
        try:
            await self.run(announced(first, begun.set), write=True)
            done.set()
            try:
                await other
            except DatabaseUnavailable:
                if not is_untouched(second):
                    raise
                await self.run(second, write=True)
        finally:
            other.cancel()
            await asyncio.gather(other, return_exceptions=True)

    async def _run_behind(self, plan: Plan[Any], begun: asyncio.Event, before: asyncio.Event) -> None:
        # The first plan has its connection by then. If both waited for one, each could hold what the other needs.
        await begun.wait()
        with translated(self.name, self.timeout, write=True):
            async with self._begun(write=True) as connection:
                await _drive(connection, plan)
                await before.wait()
                await connection.execute("COMMIT")

    @contextlib.asynccontextmanager
    async def _begun(self, write: bool, deadline: Deadline = NO_DEADLINE) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection in a transaction, which is rolled back unless it was committed."""
        # A connection that the server has closed meanwhile fails at BEGIN. The pool replaces it, and we take another one.
        for _ in range(MOST_CONNECTIONS + 1):
            connection = await self._taken(deadline)
            try:
                try:
                    await connection.execute(begin(self.timeout, deadline, write=write))
                except psycopg.OperationalError:
                    if not connection.closed:
                        raise
                    continue
                yield connection
                return
            finally:
                # Shielded, to finish even if this task is cancelled: otherwise the pool would lose the connection.
                await asyncio.shield(self._returned(connection))
        raise DatabaseUnavailable(f"{self.name} does not keep its connections; it may be restarting. Try again.")

    async def _taken(self, deadline: Deadline) -> psycopg.AsyncConnection[Any]:
        """Take a connection of the pool, as soon as one is free. Raises the error that keeps the pool from connecting."""
        from psycopg_pool import PoolTimeout

        began, cancelled = time.monotonic(), _cancellations()
        while True:
            try:
                connection: psycopg.AsyncConnection[Any] = await self._pool.getconn(PATIENCE)
                if _cancellations() > cancelled:
                    # The pool uses wait_for(). In Python 3.11 it forgets a cancellation that comes with the result.
                    await asyncio.shield(self._returned(connection))
                    raise asyncio.CancelledError
                return connection
            except PoolTimeout as error:  # noqa: PERF203
                if failure := self._failure.since(began):
                    raise unreachable(failure, self.name) from failure
                deadline.check()
                if time.monotonic() - began > patience(self.timeout):
                    raise unreachable(error, self.name) from error

    async def _returned(self, connection: psycopg.AsyncConnection[Any]) -> None:
        with contextlib.suppress(psycopg.Error):
            await connection.rollback()
        await self._pool.putconn(connection)

    async def close(self) -> None:
        """Close all connections. A second call does nothing."""
        await self._pool.close()


def _cancellations() -> int:
    """How often this task was cancelled. 0 before Python 3.11, where a task does not know it."""
    count: int = getattr(asyncio.current_task(), "cancelling", int)()
    return count


def _pool(url: str, timeout: float, failure: Failure) -> Any:
    from psycopg_pool import AsyncConnectionPool

    class Noting(psycopg.AsyncConnection[Any]):
        """A connection that notes why it could not be made."""

        @classmethod
        async def connect(cls, *arguments: Any, **keywords: Any) -> Any:
            try:
                return await super().connect(*arguments, **keywords)
            except psycopg.Error as error:
                failure.note(error)
                raise

    return AsyncConnectionPool(url, connection_class=Noting, open=False, **pool_options(timeout))


async def _drive(connection: psycopg.AsyncConnection[Any], plan: Plan[T], bound: Bound | None = None) -> T:
    bound = bound or Bound(NO_DEADLINE)
    async with connection.cursor() as cursor:
        try:
            statement = next(plan)
            while True:
                if renewal := bound.renewal():
                    await cursor.execute(renewal.encode())
                with bound.kept():
                    rows = await _execute(cursor, statement)
                statement = plan.send(rows)
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
    return await cursor.fetchall() if cursor.rownumber is not None and not statement.many else []
