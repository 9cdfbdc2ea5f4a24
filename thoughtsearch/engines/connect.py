"""From a location to an engine that is ready: its dialect, and a connection that runs plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from ..errors import MissingFeature
from ..location import Location
from .dialect import Dialect
from .statement import Plan

if TYPE_CHECKING:
    from .sqlite_connection import SqliteConnection

T = TypeVar("T")


class Connection(Protocol):
    """Runs plans, each in one transaction."""

    def run(self, plan: Plan[T], *, write: bool = False) -> T: ...
    def close(self) -> None: ...


def connect(location: Location, *, read_only: bool, timeout: float) -> tuple[Dialect, Connection]:
    """Open it and make it ready, unless it is only read."""
    from .sqlite import SqliteDialect
    from .sqlite_setup import prepare

    connection = connect_unprepared(location, read_only=read_only, timeout=timeout)
    try:
        prepare(connection)
    except BaseException:
        connection.close()
        raise
    return SqliteDialect(), connection


def connect_unprepared(location: Location, *, read_only: bool = False, timeout: float) -> SqliteConnection:
    """Open it as it is."""
    if location.engine != "sqlite":
        raise MissingFeature("This version of thoughtsearch works on SQLite only; name a file, such as thoughts.db.")
    from .sqlite_connection import SqliteConnection

    return SqliteConnection(location.target, read_only=read_only, timeout=timeout)
