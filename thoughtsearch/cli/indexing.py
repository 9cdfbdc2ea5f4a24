"""Runs a backfill from the command line, and prints its dry run: an SQL script with comments that explain it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ..location import Location
from ..operations.backfill.estimate import Estimate
from ..operations.backfill.job import Backfill
from .progress import rated_bar

_HOW = {
    "postgresql": "estimated from to_tsvector() on {rows:,} of them, spread over the table",
    "sqlite": "estimated by indexing {rows:,} of them, spread over the table, in memory",
}
_BATCHES = {
    "postgresql": "ROW SHARE on ai_thought_history: only those who change or delete a thought of the batch wait for it",
    "sqlite": "the file, during a batch: other writers wait, readers do not",
}


def index(location: Location, *, throttle: float = 0) -> str:
    """Backfill with a progress bar. Return its result in one line."""
    job = Backfill(location, throttle=throttle, bar=rated_bar)
    try:
        done = job.run()
    except BaseException:
        if job.indexed:
            click.echo(f"Indexed {job.indexed:,} thoughts before this; thoughtsearch backfill goes on.", err=True)
        raise
    if not done.rows:
        return "Nothing to do: every thought is indexed."
    return (
        f"Indexed {done.rows:,} thoughts in {done.seconds:.1f} s ({done.rows / max(done.seconds, 0.001):,.0f} a second). "
        f"Verified: all {done.thoughts:,} are in the index, and no batch changed the checksum of its rows."
    )


def script(name: str, estimate: Estimate) -> Iterator[str]:
    """Yield the lines of a dry run."""
    for line in _summary(name, estimate):
        yield f"-- {line}".rstrip()
    for change in estimate.changes:
        yield ""
        if change.waiting:
            yield f"-- locks {change.waiting}"
        yield change.sql if change.sql.endswith(";") else f"{change.sql};"


def _summary(name: str, estimate: Estimate) -> Iterator[str]:
    if not estimate.has_table:
        yield f"{name} has no table ai_thought_history, so there is nothing to index. Nothing was changed."
        yield "thoughtsearch init would make the table with the statements below."
        return
    yield f"{name}: {estimate.rows:,} thoughts, {estimate.rows - estimate.pending:,} of them indexed. Nothing was changed."
    if not estimate.pending and not estimate.changes:
        yield "There is nothing to do."
        return
    yield "thoughtsearch backfill would"
    number = 1
    if estimate.changes:
        yield f"{number}. run the statements below, each transaction again and again until it gets its locks;"
        if estimate.engine == "postgresql":
            yield "   it waits for them half a second at most, then pauses, so nobody else waits long;"
        elif estimate.longest_wait >= 0.1:
            yield f"   the longest of them keeps writers waiting for about {_time(estimate.longest_wait)};"
        for waiting in dict.fromkeys(change.waiting for change in estimate.changes if change.waiting):
            yield f"   locks {waiting};"
        number += 1
    if estimate.pending:
        seconds = f"{estimate.rhythm.work:g} s"
        yield f"{number}. index {estimate.pending:,} thoughts in batches of about {seconds}, each committed:"
        yield f"   about {_time(estimate.seconds)} and {_size(estimate.size)} of disk,"
        yield f"   {_HOW[estimate.engine].format(rows=estimate.sample.rows)};"
        yield f"   locks {_BATCHES[estimate.engine]};"
        number += 1
    yield f"{number}. verify that every thought is in the index."


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 0.1):.1g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _size(size: int) -> str:
    return f"{max(size / 1e6, 0.1):,.2g} MB" if size < 10_000_000 else f"{size / 1e6:,.0f} MB"
