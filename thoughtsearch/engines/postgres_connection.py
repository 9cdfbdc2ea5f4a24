"""Connections to PostgreSQL that drive plans: one alone, or a pool that threads share. `postgres_async.py` is the twin.

No session state is kept, so that a pooler that hands out connections by transaction may stand in between: no SET beyond
the transaction, no prepared statements, no session locks.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any, TypeVar

import psycopg

from ..errors import DatabaseUnavailable, ReadOnlyError
from .postgres_errors import described, translated
from .statement import Plan, Row, Statement

T = TypeVar("T")

MOST_CONNECTIONS = 8
#: As arguments of psycopg's connect(): transactions are begun by us, in one round trip with their settings.
OPTIONS: dict[str, Any] = {"autocommit": True, "prepare_threshold": None}


def begin(timeout: float, *, write: bool) -> str:
    """The statements that begin a transaction; one that reads sees one moment throughout."""
    kind = "" if write else " ISOLATION LEVEL REPEATABLE READ READ ONLY"
    return f"BEGIN{kind}; SET LOCAL lock_timeout = {max(1, min(int(timeout * 1000), 2**31 - 1))}"


class PostgresConnection:
    """Runs plans, each in one transaction. Threads may share it: pooled, each has a connection; else they take turns."""

    def __init__(self, url: str, *, read_only: bool = False, timeout: float = 30.0, pooled: bool = False) -> None:
        self.url = url
        self.name = described(url)
        self.read_only = read_only
        self.timeout = timeout
        self._pooled = pooled
        self._open()

    def _open(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._closed = False
        self._single: psycopg.Connection[Any] | None = None
        self._pool: Any = None
        with translated(self.name, self.timeout):
            if self._pooled:
                self._pool = _pool(self.url, self.timeout)
            else:
                self._single = self._connect()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, connect_timeout=max(2, int(self.timeout)), **OPTIONS)

    def run(self, plan: Plan[T], *, write: bool = False) -> T:
        """Drive the plan in one transaction; an error inside it rolls everything back."""
        if write and self.read_only:
            plan.close()
            raise ReadOnlyError(f"{self.name} was opened for reading only; nothing was written.")
        if os.getpid() != self._process:
            self._open()  # in a forked child: the parent's connections are the parent's, and are left alone
        try:
            with translated(self.name, self.timeout), self._begun(write) as connection:
                result = _drive(connection, plan)
                connection.execute("COMMIT")
                return result
        finally:
            plan.close()

    @contextlib.contextmanager
    def _begun(self, write: bool) -> Iterator[psycopg.Connection[Any]]:
        """A connection in a transaction. One that the server has left meanwhile shows at BEGIN: another one is taken."""
        statement = begin(self.timeout, write=write)
        with self._borrowed(statement) as connection:
            try:
                yield connection
            except BaseException:
                with contextlib.suppress(psycopg.Error):
                    connection.rollback()
                raise

    @contextlib.contextmanager
    def _borrowed(self, statement: str) -> Iterator[psycopg.Connection[Any]]:
        if self._pool is not None:
            for _ in range(MOST_CONNECTIONS + 1):
                connection = self._pool.getconn(self.timeout)
                try:
                    try:
                        connection.execute(statement)
                    except psycopg.OperationalError:
                        if not connection.closed:
                            raise
                        continue  # the pool replaces it
                    yield connection
                    return
                finally:
                    self._pool.putconn(connection)
            raise DatabaseUnavailable(f"{self.name} does not keep its connections; it may be restarting. Try again.")
        with self._lock:
            if self._closed or self._single is None:
                raise DatabaseUnavailable("This store is closed; open it again.")
            try:
                self._single.execute(statement)
            except psycopg.OperationalError:
                if not self._single.closed:
                    raise
                self._single = self._connect()
                self._single.execute(statement)
            yield self._single

    def close(self) -> None:
        """Close all connections. A second call does nothing."""
        if os.getpid() != self._process:
            return
        self._closed = True
        if self._pool is not None:
            self._pool.close()
        if self._single is not None:
            self._single.close()


def _pool(url: str, timeout: float) -> Any:
    from psycopg_pool import ConnectionPool

    options = {**OPTIONS, "connect_timeout": max(2, int(timeout))}
    return ConnectionPool(url, min_size=1, max_size=MOST_CONNECTIONS, kwargs=options, open=True, name="thoughtsearch")


def _drive(connection: psycopg.Connection[Any], plan: Plan[T]) -> T:
    with connection.cursor() as cursor:
        try:
            statement = next(plan)
            while True:
                statement = plan.send(_execute(cursor, statement))
        except StopIteration as stop:
            result: T = stop.value
            return result


def _execute(cursor: psycopg.Cursor[Any], statement: Statement) -> list[Row]:
    if not statement.many:
        # Without parameters it is sent as it is, and may be several statements.
        cursor.execute(statement.sql.encode(), statement.parameters or None)
    elif is_copy(statement):
        with cursor.copy(statement.sql.encode()) as copy:
            for parameters in statement.parameters:
                copy.write_row(row_of(parameters))
    else:
        cursor.executemany(statement.sql.encode(), statement.parameters)
    return cursor.fetchall() if cursor.description and not statement.many else []


def is_copy(statement: Statement) -> bool:
    """Whether its rows are to be streamed."""
    return statement.sql.startswith("COPY ")


def row_of(parameters: Any) -> tuple[Any, ...]:
    """The values of a row to copy, in the order of their names."""
    return tuple(parameters.values())
