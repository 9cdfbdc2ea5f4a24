"""SQLite as an engine that is opened, inspected and made ready."""

from __future__ import annotations

from ..location import Location
from ..progress import Bar
from . import sqlite_setup
from .engine import Found
from .health.checkup import Checkup
from .sqlite import SqliteDialect
from .sqlite_connection import SqliteConnection


class SqliteEngine:
    """See Engine."""

    def __init__(self, location: Location, *, read_only: bool, timeout: float) -> None:
        self.connection = SqliteConnection(location.target, read_only=read_only, timeout=timeout)
        self.dialect = SqliteDialect()

    def shared(self) -> SqliteConnection:
        return self.connection

    def find(self) -> Found:
        return self.connection.run(sqlite_setup.inspect())

    def prepare(self) -> None:
        self.dialect = SqliteDialect(outdated=sqlite_setup.prepare(self.connection).outdated)

    def install(self) -> Found:
        return sqlite_setup.install(self.connection)

    def row_count(self) -> int:
        return self.connection.run(sqlite_setup.row_count())

    def next_batch(self) -> int | None:
        return self.connection.run(sqlite_setup.next_batch(), write=True)

    def checkup(self, *, full: bool, bar: Bar) -> Checkup:
        from .health.sqlite import checkup

        return checkup(self.connection, full=full, bar=bar)
