"""Making a database searchable in place: the table and its index where there are none, then the rows found there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .engines.connect import open_engine
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
    engine = open_engine(location, timeout=timeout)
    try:
        found = engine.install()
        return Adoption(
            created=not found.has_table,
            adopted=found.has_table and not found.ready,
            rows=engine.row_count(),
            pending=engine.connection.run(unindexed(engine.dialect)),
            dropped=found.leftovers,
        )
    finally:
        engine.connection.close()


def backfill(
    location: Location, progress: Callable[[int, int], None] = lambda done, total: None, *, timeout: float = 30.0
) -> int:
    """Index what is not indexed yet, in batches with their own commits; how many rows.

    May be stopped at any point and goes on from there when called again. `progress(done, total)` after each batch.
    """
    engine = open_engine(location, timeout=timeout)
    try:
        total = engine.connection.run(unindexed(engine.dialect))
        done = 0
        while (count := engine.next_batch()) is not None:
            done += count
            progress(min(done, total), total)
        return total
    finally:
        engine.connection.close()
