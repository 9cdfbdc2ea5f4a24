"""What the rest of the package asks of an opened database: to run plans, and to make itself ready for searches."""

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

#: Opening a found table indexes it at once if it has no more rows than this. That takes about a second.
SMALL = 5_000
#: How many characters a batch of a backfill holds where nobody measures how long a batch takes.
BATCH = 400_000


class Rhythm(NamedTuple):
    """What lets other writers in while a backfill runs, in seconds.

    `work` is how long a batch should take, `rest` the pause after it. After a longer batch the pause is longer too, up to
    `longest_rest`.
    """

    work: float
    rest: float
    longest_rest: float


class IndexingSample(NamedTuple):
    """What indexing some of the rows cost or, where that can't be tried, would cost."""

    rows: int
    seconds: float
    size: int  # bytes
    longest_wait: float = 0.0  # seconds that a writer waits while the index of these rows is made ready


#: The message of the error that every use of a closed store raises.
CLOSED = "This store is closed; open it again."


class Connection(Protocol):
    """Runs plans, each in one transaction. An error inside a plan rolls everything back.

    When a deadline passes, the connection ends the plan and raises SearchTimeout.
    """

    def run(self, plan: Plan[T], *, write: bool = False, deadline: Deadline = NO_DEADLINE) -> T: ...
    def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None:
        """Run two plans that write. The second commits after the first, and only if the first did."""

    def limit_length(self, size: int) -> None:
        """Refuse to read texts of more bytes than this, before they take memory, where the engine can do so."""

    def close(self) -> None: ...


class AsyncConnection(Protocol):
    """The same for asyncio."""

    async def run(self, plan: Plan[T], *, write: bool = False, deadline: Deadline = NO_DEADLINE) -> T: ...
    async def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What `find` saw in a database: which migrations it lacks, and which objects of thoughtsearch are damaged or old."""

    has_table: bool
    missing: tuple[Migration, ...] = ()
    damaged: tuple[str, ...] = ()
    former: tuple[str, ...] = ()  # objects that an earlier thoughtsearch made; renewing them is quick
    gone: tuple[str, ...] = ()  # on PostgreSQL: thoughtsearch's own tables beside the thoughts that are missing
    leftovers: tuple[str, ...] = ()  # objects of another index: CloudBrain's, in whatever state it was left
    analysis: int = VERSION  # the version of the analysis that indexed the thoughts
    unmarked: bool = False  # on PostgreSQL: the mark of the migrations' present form is not kept, so all are compared
    recorded: bool = False  # the database itself says that thoughtsearch has made or adopted the table

    @property
    def ready(self) -> bool:
        return not (self.missing or self.damaged or self.former or self.gone)

    @property
    def unadopted(self) -> bool:
        """Whether another program made the table and nobody has asked to adopt it. Such a table may only be read."""
        return self.has_table and not self.recorded

    @property
    def outdated(self) -> bool:
        """Whether an older analysis indexed the thoughts. A search may then miss some of them."""
        return self.analysis < VERSION


class Engine(Protocol):
    """An opened database of one kind."""

    @property
    def connection(self) -> Connection:
        """The connection for everything that happens before the database is ready."""

    @property
    def dialect(self) -> Dialect:
        """The dialect of this database. It is known once the database is ready."""

    def shared(self) -> Connection:
        """The connection that many threads may use instead of `connection`."""

    def find(self) -> DatabaseState:
        """Inspect the database and change nothing.

        Raises SchemaError if the table can't be adopted, or if a newer thoughtsearch made the database.
        """

    def check_adopted(self) -> None:
        """Raises NotAdopted for a table that another program made and nobody has asked to adopt. Changes nothing."""

    def prepare(self, *, adopt: bool = False) -> None:
        """Make the database ready unless that would take long. A small found table is indexed at once.

        Raises NotAdopted for a table that another program made, and changes nothing, unless `adopt` is true.
        """

    def install(self, *, adopt: bool = True) -> DatabaseState:
        """Create or mend everything but the contents of the index, and return the state before.

        Raises the errors of `prepare`.
        """

    @property
    def must_analyse_again(self) -> bool:
        """Whether an earlier version computed the vectors in another way, and the table is small."""

    @property
    def shape(self) -> str | None:
        """Whose column types the table has: "own" or "cloudbrain". None where both are the same."""

    def install_for_cloudbrain(self) -> bool:
        """Where there is no table, make one that CloudBrain's statements can use. Returns whether there was none."""

    def row_count(self) -> int:
        """The number of thoughts in the table."""

    def changes(self) -> list[Change]:
        """The statements that install() would run, found by reading only. Raises the errors of install()."""

    @property
    def rhythm(self) -> Rhythm:
        """How a backfill takes turns with other writers."""

    def sample(self, rows: int) -> IndexingSample:
        """Measure what indexing costs, on about `rows` rows from all over the table. Only reads the database."""

    def forget_gone(self) -> int:
        """Remove index rows whose thoughts went without a DELETE, where that can happen. Returns how many it removed."""

    def begin_anew(self) -> None:
        """Let a backfill go through all rows once more. Rows that are indexed stay indexed."""

    def next_batch(self, size: int = BATCH) -> int | None:
        """Index the next rows of a backfill, about `size` characters. Returns how many rows; None when no more are left.

        Raises DatabaseError, and stores nothing, if indexing has changed any of the thoughts.
        """


def indexed_by(rows: Rows) -> int:
    """The version of the analysis, read from the rows of the state `analysis`. Version 1 did not record it."""
    value = rows[0][0] if rows else 1
    return value if isinstance(value, int) else 0


def check_unchanged(last: int, before: object, after: object) -> None:
    """Raises DatabaseError if the checksums from before and after a batch, taken in its transaction, differ."""
    if before != after:
        raise DatabaseError(
            f"Indexing the thoughts up to id {last} changed some of them, which thoughtsearch never does: a trigger or "
            "rule of another program must have done it. This batch was taken back. See which triggers the tables "
            "whose names begin with thoughtsearch_ and ai_thought_ have, then run thoughtsearch backfill again."
        )
