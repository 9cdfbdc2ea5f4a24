"""Measures several processes that commit single thoughts to one database at the same time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from ..errors import DatabaseError, ThoughtsearchError
from ..store import open as open_store
from .places import BenchDatabase

COUNTS = (1, 4, 8, 16)
_TEXT = "The lock was held by the export job, which commits {} times an hour; writer {} waits for it."


def write(url: str, seconds: float, parent: Connection) -> None:
    """One process: it tells its parent that it is ready, waits for the start, writes, and reports its commits."""
    # Ctrl-C reaches every process of the terminal. The parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    number = os.getpid()
    with open_store(url) as store:
        parent.send("ready")
        parent.recv()
        commits, longest = 0, 0.0
        errors: list[str] = []
        now = time.monotonic()
        end = now + seconds
        while now < end:
            try:
                store.add(_TEXT.format(commits, number), ai_id=number, thought_type="idea", tags=["bench", "writers"])
                commits += 1
            except ThoughtsearchError as error:
                errors.append(str(error))
            before, now = now, time.monotonic()
            longest = max(longest, now - before)
    parent.send((commits, longest, errors))


def compete(database: BenchDatabase, processes: int, seconds: float) -> dict[str, Any]:
    """Measure this many writers at once. Raises DatabaseError if one of them couldn't begin."""
    # Spawn them, as this process has threads and connections that a fork would copy.
    context = multiprocessing.get_context("spawn")
    ends: list[Connection] = []
    crew = []
    try:
        for _ in range(processes):
            ours, theirs = context.Pipe()
            one = context.Process(target=write, args=(database.url, seconds, theirs), daemon=True)
            one.start()
            theirs.close()
            ends.append(ours)
            crew.append(one)
        try:
            for end in ends:
                end.recv()
            for end in ends:
                end.send("go")
            tallies = [end.recv() for end in ends]
        except EOFError:
            raise DatabaseError(
                f"One of {processes} writers to {database.engine} ended before its time; see above."
            ) from None
        for one in crew:
            one.join()
    finally:
        for one in crew:
            with suppress(ValueError):
                one.terminate()
                one.join()
    commits = sorted(tally[0] for tally in tallies)
    errors = [error for tally in tallies for error in tally[2]]
    return {
        "commits_per_s": sum(commits) / seconds,
        "slowest_to_fastest": commits[0] / max(commits[-1], 1),
        "longest_wait_ms": 1e3 * max(tally[1] for tally in tallies),
        "errors": len(errors),
        "last_error": errors[-1] if errors else None,
    }
