"""What the rest of the house asks of an opened database beyond its statements: to run plans, and to be made ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from ...errors import DatabaseError
from ...sql import Migration
from ...text import VERSION
from .deadline import NO_DEADLINE, Deadline
from .dialect import Dialect
from .dry_run import Change
from .statement import Plan, Rows

T = TypeVar("T")

#: A found table with at most so many rows is indexed when it is opened: a matter of a second.
SMALL = 5_000
#: Characters of a batch of a backfill, where nobody measures how long one takes.
BATCH = 400_000


class Rhythm(NamedTuple):
    """What lets other writers in while a backfill runs, in seconds.

    How long a batch should take, and the rest after it: longer after one that took longer, up to `longest_rest`.
    """

    work: float
    rest: float
    longest_rest: float


class Sample(NamedTuple):
    """What indexing some of the rows took or, where that can't be tried, would take."""

    rows: int
    seconds: float
    size: int  # bytes
    longest_wait: float = 0.0  # seconds that making the index ready keeps a writer waiting, for these rows


class Connection(Protocol):
    """Runs plans, each in one transaction; an error inside a plan rolls everything back.

    A plan is ended when its deadline passes: SearchTimeout.
    """

    def run(self, plan: Plan[T], *, write: bool = False, deadline: Deadline = NO_DEADLINE) -> T: ...
    def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None:
        """Two plans that write: the second commits after the first, and only if that did."""

    def limit_length(self, size: int) -> None:
        """Refuse to read texts of more bytes, where the engine can, before they take memory."""

    def close(self) -> None: ...


class AsyncConnection(Protocol):
    """The same for asyncio."""

    async def run(self, plan: Plan[T], *, write: bool = False, deadline: Deadline = NO_DEADLINE) -> T: ...
    async def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What is in a database: whether it is ready, the migrations that it lacks, and whether objects of ours are gone
    or of an earlier form."""

    has_table: bool
    missing: tuple[Migration, ...] = ()
    damaged: tuple[str, ...] = ()
    former: tuple[str, ...] = ()  # objects as an earlier version of ours made them, which are renewed in a moment
    gone: tuple[str, ...] = ()  # tables of ours beside the thoughts, on PostgreSQL
    leftovers: tuple[str, ...] = ()  # of another index: CloudBrain's, in whichever state it was left
    analysis: int = VERSION  # the version of the analysis by which the thoughts were indexed
    recorded: bool = False  # the database itself says that thoughtsearch has made or adopted the table

    @property
    def ready(self) -> bool:
        return not (self.missing or self.damaged or self.former or self.gone)

    @property
    def unadopted(self) -> bool:
        """Whether another program made the table, and nobody has asked for its adoption yet: only read it."""
        return self.has_table and not self.recorded

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

    def check_adopted(self) -> None:
        """Look, and raise NotAdopted for a table that another program made and nobody asked to adopt."""

    def prepare(self, *, adopt: bool = False) -> None:
        """Make the database ready if it is not, unless that would take long; a small found table is indexed at once.

        Raises NotAdopted for a table that another program made, unless `adopt`; nothing is changed then.
        """

    def install(self, *, adopt: bool = True) -> Found:
        """Create or mend everything but the index's contents; what was found before. Raises as `prepare` does."""

    @property
    def shape(self) -> str | None:
        """Whose types the table has, "own" or "cloudbrain"; None where both are the same."""

    def install_for_cloudbrain(self) -> bool:
        """Where there is no table, make it as CloudBrain's own statements need it; whether there was none."""

    def row_count(self) -> int:
        """How many thoughts the table holds."""

    def changes(self) -> list[Change]:
        """What install() would run, found out by reading alone. Raises as install() does."""

    @property
    def rhythm(self) -> Rhythm:
        """How a backfill takes turns with other writers."""

    def sample(self, rows: int) -> Sample:
        """Measure what indexing costs, on about so many rows spread over the table, by reading alone."""

    def forget_gone(self) -> int:
        """Take out of the index what is of no thought any more, where that can be without a DELETE; how many rows."""

    def begin_anew(self) -> None:
        """Let a backfill go through all rows once more; those that are indexed stay so."""

    def next_batch(self, size: int = BATCH) -> int | None:
        """Index the next rows of a backfill, of about so many characters; how many rows, None when there are no more.

        Raises DatabaseError, and nothing is stored, if that has changed any of the thoughts.
        """


def indexed_by(rows: Rows) -> int:
    """The version of the analysis, from what the state `analysis` holds; at first it was not recorded."""
    value = rows[0][0] if rows else 1
    return value if isinstance(value, int) else 0


def check_unchanged(last: int, before: object, after: object) -> None:
    """Raises DatabaseError where the checksums of a batch, taken before and after in its transaction, differ."""
    if before != after:
        raise DatabaseError(
            f"Indexing the thoughts up to id {last} changed some of them, which thoughtsearch never does: a trigger or "
            "rule of another program must have. This batch was taken back; see which triggers the tables "
            "whose names begin with thoughtsearch_ and ai_thought_ have, then run thoughtsearch backfill again."
        )
