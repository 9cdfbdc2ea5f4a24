"""Connections to PostgreSQL that drive plans: a single one, or a pool that threads share. See `async_connection.py` too.

They keep no session state, so that a pooler may hand out connections by transaction. There is no SET beyond the
transaction, no prepared statement, and no session lock.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg

from ...errors import DatabaseUnavailable, ReadOnlyError
from ..contract.deadline import NO_DEADLINE, Deadline
from ..contract.engine import CLOSED
from ..contract.statement import Plan, Row, Statement
from .errors import described, translated, unreachable

T = TypeVar("T")

MOST_CONNECTIONS = 8
#: While we wait for a connection of the pool, we check at this interval, in seconds, whether the server refuses them.
PATIENCE = 0.5
# The server is told anew how much time is left once that has shrunk to this share of what it was told before. To tell it
# costs a round trip.
_STALE = 0.95
_LEAST = 2  # seconds to connect: libpq allows no less

# What the pool and psycopg log also comes as an error. Without a handler, logging would print it to stderr.
logging.getLogger("psycopg").addHandler(logging.NullHandler())
# A forked child keeps its parent's pools here. If they were collected, they would stop threads that only the parent has.
_inherited: list[Any] = []
_reopening = threading.Lock()


def options(timeout: float) -> dict[str, Any]:
    """Arguments of psycopg's connect(). We begin transactions ourselves, in one round trip with their settings."""
    return {
        "autocommit": True,
        "prepare_threshold": None,
        "connect_timeout": int(patience(timeout)),
        "client_encoding": "UTF8",  # a role may have set another one
        "fallback_application_name": "thoughtsearch",
    }


def pool_options(timeout: float) -> dict[str, Any]:
    """Arguments of a pool. After a failure to connect, the pool tries again only when it is next asked."""
    return {
        "min_size": 1,
        "max_size": MOST_CONNECTIONS,
        "kwargs": options(timeout),
        "reconnect_timeout": 0,
        "name": "thoughtsearch",
    }


def patience(timeout: float) -> float:
    """How many seconds to wait for a connection."""
    return max(_LEAST, min(timeout, 1_000_000))


def begin(timeout: float, deadline: Deadline = NO_DEADLINE, *, write: bool) -> str:
    """The statements that begin a transaction. A reading transaction sees the database at one moment throughout."""
    kind = "" if write else " ISOLATION LEVEL REPEATABLE READ READ ONLY"
    # By default the planner assumes a disk with a head, and reads whole tables to avoid a few thousand single pages. And to
    # compile a statement that runs for some milliseconds takes longer than to run it.
    planning = "" if write else "; SET LOCAL random_page_cost = 1.1; SET LOCAL jit = off"
    bound = f"; {bounding(deadline)}" if deadline.end < math.inf else ""
    return f"BEGIN{kind}; SET LOCAL lock_timeout = {_milliseconds(timeout)}{planning}{bound}"


def bounding(deadline: Deadline) -> str:
    """The statement that limits each following one to the time that is left. A shorter limit of the role stays in force."""
    left = _milliseconds(deadline.left())
    return (
        f"SELECT pg_catalog.set_config('statement_timeout', '{left}', true) FROM (SELECT extract(epoch FROM "
        "pg_catalog.current_setting('statement_timeout')::pg_catalog.interval) OPERATOR(pg_catalog.*) 1000 AS own) AS s "
        f"WHERE own OPERATOR(pg_catalog.=) 0 OR own OPERATOR(pg_catalog.>) {left}"
    )


class Bound:
    """The deadline of one transaction, and how much time was left when the server was last told."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self._told = deadline.left()

    def renewal(self) -> str | None:
        """The statement that tells the server the time left, if what it knows is out of date. Raises SearchTimeout."""
        left = self.deadline.left()
        if left < 0:
            raise self.deadline.error()
        if left > self._told * _STALE or math.isinf(left):
            return None
        self._told = left
        return bounding(self.deadline)

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Raises SearchTimeout if the server ends a statement because of this limit."""
        try:
            yield
        except psycopg.errors.QueryCanceled as error:
            if self.deadline.has_passed():
                raise self.deadline.error() from error
            raise


def _milliseconds(seconds: float) -> int:
    # Rounded up, so that the server does not give up before we do.
    return int(max(1, min(seconds * 1000 + 1, 2**31 - 1)))


class Failure:
    """The last failure of a pool to connect. A pool connects on threads or tasks of its own."""

    def __init__(self) -> None:
        self._last: tuple[float, psycopg.Error] | None = None

    def note(self, error: psycopg.Error) -> None:
        """Remember the failure."""
        self._last = time.monotonic(), error

    def since(self, moment: float) -> psycopg.Error | None:
        """The failure, if it happened after this moment."""
        return self._last[1] if self._last and self._last[0] >= moment else None


class PostgresConnection:
    """Runs plans, each in one transaction. Threads may share it.

    With a pool each thread gets a connection of its own. Without one, threads take turns.
    """

    def __init__(self, url: str, *, read_only: bool = False, timeout: float = 30.0, pooled: bool = False) -> None:
        self.url = url
        self.name = described(url)
        self.read_only = read_only
        self.timeout = timeout
        self._pooled = pooled
        self._closed = False
        self._open()

    def _open(self) -> None:
        self._lock = threading.RLock()
        self._single: psycopg.Connection[Any] | None = None
        self._pool: Any = None
        with translated(self.name, self.timeout):
            if self._pooled:
                self._failure = Failure()
                self._pool = _pool(self.url, self.timeout, self._failure)
            else:
                self._single = self._connect()
        self._process = os.getpid()

    def _reopen(self) -> None:
        """Connect anew in a forked child. It leaves the parent's connections alone."""
        with _reopening:
            if os.getpid() != self._process:
                _inherited.append((self._pool, self._single))
                self._open()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, **options(self.timeout))

    def run(self, plan: Plan[T], *, write: bool = False, deadline: Deadline = NO_DEADLINE) -> T:
        """Drive the plan in one transaction. An error inside it rolls everything back.

        Raises SearchTimeout if the deadline passes meanwhile.
        """
        try:
            if self._closed:
                raise DatabaseUnavailable(CLOSED)
            if write and self.read_only:
                raise ReadOnlyError(f"{self.name} was opened for reading only; nothing was written.")
            if os.getpid() != self._process:
                self._reopen()
            with translated(self.name, self.timeout, write=write), self._begun(write, deadline) as connection:
                result = _drive(connection, plan, Bound(deadline))
                connection.execute("COMMIT")
                return result
        finally:
            plan.close()

    def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None:
        """Drive two plans that write at the same time, each on a connection of its own.

        The second commits after the first, and only if the first did. Where no second connection is free, it waits for that
        of the first.
        """
        if self._pool is None:
            self.run(first, write=True)
            self.run(second, write=True)
            return
        begun, done = threading.Event(), Future[None]()
        beside = ThreadPoolExecutor(1, "thoughtsearch")
        other = beside.submit(self._run_behind, second, begun, done)
        beside.shutdown(wait=False)
        try:
            self.run(announced(first, begun.set), write=True)
        except BaseException as error:
            done.set_exception(error)
            begun.set()
            if isinstance(error, Exception):  # after Ctrl-C, don't wait
                other.exception()
            raise
        done.set_result(None)
        try:
            other.result()
        except DatabaseUnavailable:
            if not is_untouched(second):
                raise
            self.run(second, write=True)

    def _run_behind(self, plan: Plan[Any], begun: threading.Event, before: Future[None]) -> None:
        # The first plan has its connection by then. If both waited for one, each could hold what the other needs.
        begun.wait()
        if before.done():
            before.result()
        with translated(self.name, self.timeout, write=True), self._begun(write=True) as connection:
            _drive(connection, plan)
            before.result()
            connection.execute("COMMIT")

    def run_alone(self, statement: Statement) -> None:
        """Run a statement that may not stand in a transaction. It waits for others as long as that takes.

        Only a connection without a pool can do this.
        """
        with translated(self.name, self.timeout, write=True), self._lock:
            assert self._single is not None
            _execute(self._single.cursor(), statement)

    @contextlib.contextmanager
    def _begun(self, write: bool, deadline: Deadline = NO_DEADLINE) -> Iterator[psycopg.Connection[Any]]:
        """A connection in a transaction, which is rolled back unless it was committed."""
        statement = begin(self.timeout, deadline, write=write)
        pooled = self._pool is not None
        with self._pooled_in(statement, deadline) if pooled else self._single_in(statement, deadline) as connection:
            try:
                yield connection
            except BaseException:
                with contextlib.suppress(psycopg.Error):
                    connection.rollback()
                raise

    @contextlib.contextmanager
    def _pooled_in(self, statement: str, deadline: Deadline) -> Iterator[psycopg.Connection[Any]]:
        # A connection that the server has closed meanwhile fails at BEGIN. The pool replaces it, and we take another one.
        for _ in range(MOST_CONNECTIONS + 1):
            connection = self._taken(deadline)
            try:
                try:
                    connection.execute(statement)
                except psycopg.OperationalError:
                    if not connection.closed:
                        raise
                    continue
                yield connection
                return
            finally:
                self._pool.putconn(connection)
        raise DatabaseUnavailable(f"{self.name} does not keep its connections; it may be restarting. Try again.")

    def _taken(self, deadline: Deadline) -> psycopg.Connection[Any]:
        """Take a connection of the pool, as soon as one is free. Raises the error that keeps the pool from connecting."""
        from psycopg_pool import PoolTimeout

        began = time.monotonic()
        while True:
            try:
                connection: psycopg.Connection[Any] = self._pool.getconn(PATIENCE)
                return connection
            except PoolTimeout as error:  # noqa: PERF203
                if failure := self._failure.since(began):
                    raise unreachable(failure, self.name) from failure
                deadline.check()
                if time.monotonic() - began > patience(self.timeout):
                    raise unreachable(error, self.name) from error

    @contextlib.contextmanager
    def _single_in(self, statement: str, deadline: Deadline) -> Iterator[psycopg.Connection[Any]]:
        with deadline.holding(self._lock):
            assert self._single is not None
            try:
                self._single.execute(statement)
            except psycopg.OperationalError:
                if not self._single.closed or self._closed:
                    raise
                self._single = self._connect()
                self._single.execute(statement)
            yield self._single

    def limit_length(self, size: int) -> None:
        """Do nothing: PostgreSQL holds no text of more than 1 GB."""

    def close(self) -> None:
        """Close all connections. A second call does nothing."""
        self._closed = True
        if os.getpid() != self._process:
            return
        if self._pool is not None:
            self._pool.close()
        if self._single is not None:
            self._single.close()


def _pool(url: str, timeout: float, failure: Failure) -> Any:
    from psycopg_pool import ConnectionPool

    class Noting(psycopg.Connection[Any]):
        """A connection that notes why it could not be made."""

        @classmethod
        def connect(cls, *arguments: Any, **keywords: Any) -> Any:
            try:
                return super().connect(*arguments, **keywords)
            except psycopg.Error as error:
                failure.note(error)
                raise

    return ConnectionPool(url, connection_class=Noting, open=True, **pool_options(timeout))


def _drive(connection: psycopg.Connection[Any], plan: Plan[T], bound: Bound | None = None) -> T:
    bound = bound or Bound(NO_DEADLINE)
    with connection.cursor() as cursor:
        try:
            statement = next(plan)
            while True:
                if renewal := bound.renewal():
                    cursor.execute(renewal.encode())
                with bound.kept():
                    rows = _execute(cursor, statement)
                statement = plan.send(rows)
        except StopIteration as stop:
            result: T = stop.value
            return result


def _execute(cursor: psycopg.Cursor[Any], statement: Statement) -> list[Row]:
    if not statement.many:
        # Without parameters psycopg sends it unchanged, so it may be several statements.
        cursor.execute(statement.sql.encode(), statement.parameters or None)
    elif is_copy(statement):
        with cursor.copy(statement.sql.encode()) as copy:
            for parameters in statement.parameters:
                copy.write_row(row_of(parameters))
    else:
        cursor.executemany(statement.sql.encode(), statement.parameters)
    return cursor.fetchall() if cursor.rownumber is not None and not statement.many else []


def announced(plan: Plan[T], begin: Callable[[], object]) -> Plan[T]:
    """The plan. It calls `begin` when it begins."""
    begin()
    return (yield from plan)


def is_untouched(plan: Plan[Any]) -> bool:
    """Whether nobody has begun to drive the plan."""
    return inspect.getgeneratorstate(plan) == inspect.GEN_CREATED


def is_copy(statement: Statement) -> bool:
    """Whether the statement is a COPY, whose rows are streamed."""
    return statement.sql.startswith("COPY ")


def row_of(parameters: Any) -> tuple[Any, ...]:
    """The values of a row for COPY, in the order of their names."""
    return tuple(parameters.values())
