"""Measures one process at each database: it fills the database, commits single thoughts, and searches."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .places import BenchDatabase
from .queries import Query
from .thoughts import Record

_ROUNDS = 3
_TURN = 0.1  # seconds that one engine works before the next one's turn


def fill(databases: Sequence[BenchDatabase], records: Sequence[Record]) -> dict[str, float]:
    """Measure add_many in rows a second: from the first commit to the last, including the work at its end."""
    rates = {}
    for database in databases:
        began = time.perf_counter()
        database.store.add_many(records)
        rates[database.engine] = len(records) / (time.perf_counter() - began)
    return rates


def commit(databases: Sequence[BenchDatabase], records: Sequence[Record], seconds: float) -> dict[str, float]:
    """Measure add() in commits a second. The engines take turns."""
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
    """Measure each kind of query: the median and 95th percentile, in ms. A query's time is its median over some rounds.

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
    """Time one query: the ms by engine, and whether all engines found the same. The first round only warms up."""
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
