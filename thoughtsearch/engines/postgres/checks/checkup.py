"""The check-up of a PostgreSQL database, part by part.

Its looks run in transactions that only read the catalogues and the tables. They need no extension, and no more rights than
a search. Repairs wait for locks only briefly, again and again, so that nobody waits behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ....errors import DatabaseError, DatabaseUnavailable, SchemaError
from ....progress import Bar
from ...contract.checkup import Checkup, Finding, Part, Repair, listed, note, ok, unknown, wrong
from ..errors import may_not
from .database import Database
from .indexes import Indexes
from .schema import Analysis, Schema
from .thoughts import Thoughts
from .upkeep import Rights, Statistics

if TYPE_CHECKING:
    from ..engine import PostgresEngine


def checkup(engine: PostgresEngine, *, full: bool, bar: Bar) -> Checkup:
    """The check-up of an opened database. With `full` it looks at every thought, in a large table too."""
    database = Database(engine, full, bar)
    thoughts = Thoughts(database)
    parts: list[Part] = [
        Server(database),
        Schema(database, thoughts),
        Analysis(database),
        Indexes(database),
        thoughts,
        Statistics(database),
        Rights(database),
    ]
    return Checkup(parts, _failed)


def _failed(error: DatabaseError) -> Finding:
    if isinstance(error, DatabaseUnavailable) and not may_not(error):
        raise error
    return wrong(str(error)) if isinstance(error, SchemaError) else unknown(error)


class Server:
    """The server's version and extensions."""

    name, needed = "server", False

    def __init__(self, database: Database) -> None:
        self._database = database
        self.looks = (self._about, self._extensions)
        self.repairs: dict[str, Repair] = {}

    def _about(self) -> Iterator[Finding]:
        version, standby, read_only = self._database.ask("about")[0]
        written = "a standby, which only follows" if standby else "only to be read" if read_only else "can be written to"
        yield ok(f"PostgreSQL {version.split()[0]}, {written}")

    def _extensions(self) -> Iterator[Finding]:
        there = [
            f"{name} {installed} is installed" if installed else f"{name} {available} could be"
            for name, available, installed in self._database.ask("extensions")
        ]
        yield note(f"extensions, none of which is needed: {listed(there) or 'no vector, no pg_trgm'}")
