"""Making a database searchable in place: the table and its index where there are none, then the rows found there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .engines.connect import connect_unprepared
from .location import Location
from .plans.thoughts import unindexed


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was found and done. `pending` rows are still to be indexed by `backfill()`."""

    created: bool  # there was no table before
    adopted: bool  # there was one, without an index of ours or with a damaged one
    rows: int
    pending: int
    dropped: tuple[str, ...]  # leftovers of another index that were removed


def initialise(location: Location, *, timeout: float = 30.0) -> Adoption:
    """Make the table, the index and what keeps it, in one transaction; new rows are searchable from then on.

    Indexes nothing that was there before. Raises DatabaseError.
    """
    from .engines.sqlite import SqliteDialect
    from .engines.sqlite_setup import install, row_count

    connection = connect_unprepared(location, timeout=timeout)
    try:
        found = install(connection)
        return Adoption(
            created=not found.has_table,
            adopted=found.has_table and not found.ready,
            rows=connection.run(row_count()),
            pending=connection.run(unindexed(SqliteDialect())),
            dropped=found.leftovers,
        )
    finally:
        connection.close()


def backfill(
    location: Location, progress: Callable[[int, int], None] = lambda done, total: None, *, timeout: float = 30.0
) -> int:
    """Index what is not indexed yet, in batches with their own commits; how many rows.

    May be stopped at any point and goes on from there when called again. `progress(done, total)` after each batch.
    """
    from .engines.sqlite import SqliteDialect
    from .engines.sqlite_setup import next_batch

    connection = connect_unprepared(location, timeout=timeout)
    try:
        total = connection.run(unindexed(SqliteDialect()))
        done = 0
        while (count := connection.run(next_batch(), write=True)) is not None:
            done += count
            progress(min(done, total), total)
        return total
    finally:
        connection.close()
