"""Many processes committing single rows to one database: who gets how many turns?

    python tests/benchmarks/writers.py --processes 16 --seconds 10 [--plain] [--folder PLACE]

`--plain` leaves the waiting to SQLite's busy_timeout alone, to compare with. To measure
another writer (the project's own Store, say) change `open_writer`: it is all that knows
what a write is.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Run as a script, sys.path holds this folder and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from thoughtsearch.engines.turnstile import Turnstile

WAIT_SECONDS = 30.0
WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "wizards", "brew"]
# An FTS5 index over an ordinary table: a commit then costs what a real one costs, not one page.
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE thought (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE VIRTUAL TABLE found USING fts5 (body, content = 'thought', content_rowid = 'id');
CREATE TRIGGER thought_added AFTER INSERT ON thought BEGIN
    INSERT INTO found (rowid, body) VALUES (new.id, new.body);
END;
"""


@dataclass(frozen=True)
class Tally:
    commits: int
    errors: int
    longest_wait: float
    last_error: str = ""


def prepare(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript(SCHEMA)


def open_writer(database: Path, plain: bool) -> Callable[[str], None]:
    """A function that commits one row. The one place to change to measure another writer."""
    connection = sqlite3.connect(database, timeout=WAIT_SECONDS, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    turnstile = None if plain else Turnstile(database)

    def write(body: str) -> None:
        with turnstile.hold(WAIT_SECONDS) if turnstile else contextlib.nullcontext():
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO thought (body) VALUES (?)", (body,))
            connection.execute("COMMIT")

    return write


def work(database: Path, plain: bool, seconds: float, start: Any, tallies: Any) -> None:
    write = open_writer(database, plain)
    commits, errors, longest, last_error = 0, 0, 0.0, ""
    start.wait()
    now = time.monotonic()
    end = now + seconds
    while now < end:
        word = commits % len(WORDS)
        try:
            write(f"{os.getpid()} {commits} {' '.join(WORDS[word:] + WORDS[:word])}")
            commits += 1
        except (sqlite3.Error, TimeoutError) as error:
            errors, last_error = errors + 1, repr(error)
        before, now = now, time.monotonic()
        longest = max(longest, now - before)
    tallies.put(Tally(commits, errors, longest, last_error))


def measure(processes: int, seconds: float, plain: bool, folder: str | None = None) -> list[Tally]:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        database = Path(place) / "writers.db"
        prepare(database)
        # All start together, or the first would have the database to itself for a while.
        start = multiprocessing.Barrier(processes)
        tallies: Any = multiprocessing.SimpleQueue()
        arguments = (database, plain, seconds, start, tallies)
        crew = [multiprocessing.Process(target=work, args=arguments) for _ in range(processes)]
        for one in crew:
            one.start()
        results = [tallies.get() for _ in crew]
        for one in crew:
            one.join()
        with contextlib.closing(sqlite3.connect(database)) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM thought").fetchone()
        if rows != sum(tally.commits for tally in results):
            raise SystemExit(f"{rows} rows in the table, but the writers counted otherwise")
        return results


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the commits of many writers of one database.")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--plain", action="store_true", help="busy_timeout alone, no turnstile")
    parser.add_argument("--folder", help="where to put the database (default: the temporary folder)")
    given = parser.parse_args()
    tallies = measure(given.processes, given.seconds, given.plain, given.folder)
    commits = sorted(tally.commits for tally in tallies)
    print("commits per process:", *commits)
    print(f"slowest/fastest: {commits[0] / max(commits[-1], 1):.2f}")
    print(f"total: {sum(commits)} in {given.seconds:g} s")
    print(f"longest wait: {max(tally.longest_wait for tally in tallies):.3f} s")
    print("errors:", sum(tally.errors for tally in tallies), *{tally.last_error for tally in tallies} - {""})


if __name__ == "__main__":
    main()
