"""What the rest of the house asks of an opened database beyond its statements: to run plans, and to be made ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from ..analysis import VERSION
from ..progress import Bar
from ..sql import Migration
from .dialect import Dialect
from .health.checkup import Checkup
from .statement import Plan, Rows

T = TypeVar("T")

#: A found table with at most so many rows is indexed when it is opened: a matter of a second.
SMALL = 5_000


class Connection(Protocol):
    """Runs plans, each in one transaction; an error inside a plan rolls everything back."""

    def run(self, plan: Plan[T], *, write: bool = False) -> T: ...
    def close(self) -> None: ...


class AsyncConnection(Protocol):
    """The same for asyncio."""

    async def run(self, plan: Plan[T], *, write: bool = False) -> T: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What is in a database: whether it is ready, the migrations that it lacks, and whether objects of ours are gone."""

    has_table: bool
    missing: tuple[Migration, ...] = ()
    damaged: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()  # tables of ours beside the thoughts, on PostgreSQL
    leftovers: tuple[str, ...] = ()  # of another index: CloudBrain's, in whichever state it was left
    analysis: int = VERSION  # the version of the analysis by which the thoughts were indexed

    @property
    def ready(self) -> bool:
        return not self.missing and not self.damaged and not self.gone

    @property
    def outdated(self) -> bool:
        """Whether thoughts were indexed by an older analysis: a search may miss what it would find."""
        return self.analysis < VERSION


class Engine(Protocol):
    """An opened database of one kind."""

    @property
    def connection(self) -> Connection:
        """For everything until the database is ready."""

    @property
    def dialect(self) -> Dialect:
        """Its statements; known once it is ready."""

    def shared(self) -> Connection:
        """The connection for many threads, in the place of `connection`."""

    def find(self) -> Found:
        """Look, and change nothing. Raises SchemaError for a table that can't be adopted or a newer version's."""

    def prepare(self) -> None:
        """Make the database ready if it is not, unless that would take long; a small found table is indexed at once."""

    def install(self) -> Found:
        """Create or mend everything but the index's contents; what was found before."""

    def row_count(self) -> int:
        """How many thoughts the table holds."""

    def next_batch(self) -> int | None:
        """Index the next rows of a backfill; how many were looked at, None when there are no more."""

    def checkup(self, *, full: bool, bar: Bar) -> Checkup:
        """What looks it over, and mends it; where `full`, every thought."""


def indexed_by(rows: Rows) -> int:
    """The version of the analysis, from what the state `analysis` holds; at first it was not recorded."""
    value = rows[0][0] if rows else 1
    return value if isinstance(value, int) else 0
