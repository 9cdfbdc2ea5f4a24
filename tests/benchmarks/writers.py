"""Many processes committing single thoughts to one database: who gets how many turns, and what a kill leaves.

    python -m tests.benchmarks.writers [--processes 16] [--seconds 10] [--plain]
    python -m tests.benchmarks.writers --kills 50

`--plain` writes with bare statements and SQLite's busy_timeout alone, to compare with. `--kills` ends a writer with
SIGKILL again and again, and looks after each for a sound index and for every commit that was acknowledged.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import thoughtsearch

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "wizards", "brew")
INSERT = "INSERT INTO ai_thought_history (ai_id, thought_content, thought_type, tags) VALUES (?, ?, 'idea', 'a,b')"


class Tally(NamedTuple):
    """What one process did; `longest` in seconds."""

    commits: int
    errors: int
    longest: float
    last_error: str


def writer(database: Path, plain: bool) -> Callable[[str], object]:
    """A function that commits one thought."""
    if plain:
        connection = sqlite3.connect(database, timeout=30, isolation_level=None)
        connection.execute("PRAGMA synchronous = NORMAL")
        return lambda text: connection.execute(INSERT, (os.getpid(), text))
    store = thoughtsearch.open(database)
    return lambda text: store.add(text, ai_id=os.getpid(), thought_type="idea", tags=["a", "b"])


def work(database: Path, plain: bool, seconds: float, start: Any, tallies: Any) -> None:
    """Write for so many seconds."""
    write = writer(database, plain)
    commits, errors, longest, last_error = 0, 0, 0.0, ""
    start.wait()
    now = time.monotonic()
    end = now + seconds
    while now < end:
        word = commits % len(WORDS)
        try:
            write(f"{os.getpid()} {commits} {' '.join(WORDS[word:] + WORDS[:word])}")
            commits += 1
        except (sqlite3.Error, thoughtsearch.ThoughtsearchError) as error:
            errors, last_error = errors + 1, repr(error)
        before, now = now, time.monotonic()
        longest = max(longest, now - before)
    tallies.put(Tally(commits, errors, longest, last_error))


def check(database: Path) -> int:
    """The number of rows, after FTS5 has compared its index with them; raises where they differ."""
    connection = sqlite3.connect(database, timeout=30)
    connection.execute("INSERT INTO ai_thought_history_fts (ai_thought_history_fts, rank) VALUES ('integrity-check', 1)")
    (rows,) = connection.execute("SELECT count(*) FROM ai_thought_history").fetchone()
    connection.close()
    return int(rows)


def turns(folder: Path, processes: int, seconds: float, plain: bool) -> None:
    """Print what each of the writers got."""
    database = folder / "writers.db"
    thoughtsearch.open(database).close()
    # All start together, or the first would have the database to itself for a while.
    start = multiprocessing.Barrier(processes)
    results: Any = multiprocessing.SimpleQueue()
    arguments = (database, plain, seconds, start, results)
    crew = [multiprocessing.Process(target=work, args=arguments) for _ in range(processes)]
    for one in crew:
        one.start()
    tallies = [results.get() for _ in crew]
    for one in crew:
        one.join()
    commits = sorted(tally.commits for tally in tallies)
    rows = check(database)
    print("commits per process:", *commits)
    print(f"slowest/fastest: {commits[0] / max(commits[-1], 1):.2f}; {sum(commits) / seconds:,.0f} commits/s")
    print(f"longest wait: {max(tally.longest for tally in tallies):.3f} s; rows lost: {sum(commits) - rows}")
    print("errors:", sum(tally.errors for tally in tallies), *({tally.last_error for tally in tallies} - {""}))


def kills(folder: Path, count: int) -> None:
    """Kill a writer `count` times at random moments; every commit that it told of must be there."""
    database = folder / "killed.db"
    thoughtsearch.open(database).close()
    chance, told, lost = random.Random(1), 0, 0
    for _ in range(count):
        command = [sys.executable, "-m", "tests.benchmarks.writers", "--endless", str(database)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.2))
        process.send_signal(signal.SIGKILL)
        ids = [int(line) for line in process.stdout.read().split() if line.strip()]
        process.wait()
        check(database)
        with thoughtsearch.open(database) as store:
            lost += sum(store.get(thought_id) is None for thought_id in ids[:-1])  # the last line may be cut off
        told += len(ids)
    print(f"{count} kills: {told:,} commits acknowledged, {lost} lost, {check(database):,} rows, index sound each time")


def endless(database: Path) -> None:
    """Commit thoughts, and tell their ids, until killed."""
    write = writer(database, plain=False)
    while True:
        print(write("the quick brown fox"), flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--endless", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.endless:
        endless(given.endless)
    with tempfile.TemporaryDirectory() as folder:
        if given.kills:
            kills(Path(folder), given.kills)
        else:
            turns(Path(folder), given.processes, given.seconds, given.plain)


if __name__ == "__main__":
    main()
