"""Runs the whole benchmark."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from . import clock, places, queries, writers
from .thoughts import Record

_QUERIES = 20  # of each kind


def measured(
    records: Sequence[Record], *, url: str | None, seconds: float, say: Callable[[str], object] = lambda text: None
) -> dict[str, Any]:
    """Load these thoughts into SQLite, and into the PostgreSQL database at `url`, and measure: figures by engine.

    `seconds` is how long each count of single commits takes. `say` gets told what comes next. At the end it removes what
    it made. Raises ThoughtsearchError.
    """
    with contextlib.ExitStack() as stack:
        # Open the server first, as it may be missing.
        served = [] if url is None else [stack.enter_context(places.postgres(url))]
        at = [stack.enter_context(places.sqlite()), *served]
        say(f"loading {len(records):,} thoughts …")
        rates = clock.fill(at, records)
        say("searching …")
        found = clock.search(at, queries.by_kind(records, _QUERIES))
        sizes = {database.engine: database.sizes() for database in at}
        say("committing single thoughts …")
        commits = clock.commit(at, records, seconds)
        crews = []
        for count in writers.COUNTS:
            say(f"{count} writers …")
            crews.append({"writers": count, "engines": {one.engine: writers.compete(one, count, seconds) for one in at}})
        return {
            "thoughts": len(records),
            "engines": {database.engine: database.settings() for database in at},
            "ingest": {
                "add_many_rows_per_s": rates,
                "add_commits_per_s": commits,
            },
            "search": found,
            "writers": crews,
            "bytes": sizes,
        }
