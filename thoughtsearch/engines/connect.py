"""From a location to an engine that is ready: its dialect, and a connection that runs plans."""

from __future__ import annotations

from typing import Protocol, TypeVar

from ..errors import MissingFeature
from ..location import Location
from .dialect import Dialect
from .statement import Plan

T = TypeVar("T")


class Connection(Protocol):
    """Runs plans, each in one transaction."""

    def run(self, plan: Plan[T], *, write: bool = False) -> T: ...
    def close(self) -> None: ...


def connect(location: Location, *, read_only: bool, timeout: float) -> tuple[Dialect, Connection]:
    """Open it and make it ready, unless it is only read."""
    if location.engine != "sqlite":
        raise MissingFeature("This version of thoughtsearch works on SQLite only; name a file, such as thoughts.db.")
    from .sqlite import SqliteDialect
    from .sqlite_connection import SqliteConnection
    from .sqlite_setup import prepare

    connection = SqliteConnection(location.target, read_only=read_only, timeout=timeout)
    try:
        prepare(connection)
    except BaseException:
        connection.close()
        raise
    return SqliteDialect(), connection
