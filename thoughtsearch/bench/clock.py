"""What one process does to each database: filling it, committing single thoughts, searching."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .places import BenchDatabase
from .queries import Query
from .thoughts import Record

_ROUNDS = 3
_TURN = 0.1  # seconds for one engine before it is the other's turn


def fill(databases: Sequence[BenchDatabase], records: Sequence[Record]) -> dict[str, float]:
    """Rows a second by add_many, from the first to the last commit and what it does at the end."""
    rates = {}
    for database in databases:
        began = time.perf_counter()
        database.store.add_many(records)
        rates[database.engine] = len(records) / (time.perf_counter() - began)
    return rates


def commit(databases: Sequence[BenchDatabase], records: Sequence[Record], seconds: float) -> dict[str, float]:
    """Commits a second by add(), the engines in turn."""
    done: dict[str, list[float]] = {database.engine: [0, 0.0] for database in databases}
    while min(spent for _, spent in done.values()) < seconds:
        for database in databases:
            tally = done[database.engine]
            began = now = time.perf_counter()
            while now - began < min(_TURN, seconds):
                record = records[int(tally[0]) % len(records)]
                database.store.add(**record)
                tally[0] += 1
                now = time.perf_counter()
            tally[1] += now - began
    return {engine: commits / spent for engine, (commits, spent) in done.items()}


def search(databases: Sequence[BenchDatabase], kinds: Mapping[str, Sequence[Query]]) -> list[dict[str, Any]]:
    """For each kind the median and the slow end, in milliseconds, of what its queries took at the median of some rounds.

    `same_hits` is how many of the queries every engine answered with the same thoughts in the same order.
    """
    found = []
    for kind, queries in kinds.items():
        times: dict[str, list[float]] = {database.engine: [] for database in databases}
        same = 0
        for query in queries:
            taken, alike = _timed(databases, query)
            same += alike
            for engine, spent in taken.items():
                times[engine].append(spent)
        figures = {engine: {"p50_ms": _part(of, 0.5), "p95_ms": _part(of, 0.95)} for engine, of in times.items()}
        found.append({"kind": kind, "queries": len(queries), "same_hits": same, "engines": figures})
    return found


def _timed(databases: Sequence[BenchDatabase], query: Query) -> tuple[dict[str, float], bool]:
    """The milliseconds by engine, each asked in turn; a first round only warms up. Whether all found the same."""
    times: dict[str, list[float]] = {database.engine: [] for database in databases}
    hits = [[hit.id for hit in database.store.search(query.text, **dict(query.options))] for database in databases]
    for _ in range(_ROUNDS):
        for database in databases:
            began = time.perf_counter()
            database.store.search(query.text, **dict(query.options))
            times[database.engine].append(1e3 * (time.perf_counter() - began))
    return {engine: statistics.median(spent) for engine, spent in times.items()}, all(one == hits[0] for one in hits)


def _part(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
