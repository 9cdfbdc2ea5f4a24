"""Ctrl-C ends a command wherever it falls: within a second, with 130 and no traceback."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import for_test, in_use

COMMAND = [sys.executable, "-m", "thoughtsearch"]
PATIENCE = 30  # seconds for what takes a moment, on a machine that does much else: nothing is timed by it
# Each row of a metadata scan takes so long that the scan would last for minutes, and says when it has begun.
SLOW_METADATA = """
import sys, time
from thoughtsearch.cli import main
from thoughtsearch.engines.sqlite import metadata
load = metadata.cached_object
def slowly(text):
    print("begun", flush=True)
    time.sleep(0.1)
    return load(text)
metadata.cached_object = slowly
main()
"""
# The same where SQLite is busy with itself and calls nobody: it counts to a number that it never reaches.
ENDLESS_SQL = """
import sys
from thoughtsearch.cli import main
from thoughtsearch.engines.sqlite import matching
matching._SEARCH = dict(matching._SEARCH, facet_ai=(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12) SELECT max(i), 1 FROM n"))
print("begun", flush=True)
main()
"""


@contextmanager
def running(command: list[str], stdin: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        # A shell's background job inherits an ignored SIGINT, and would pass it on to the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def interrupted(process: subprocess.Popen[bytes]) -> None:
    """Ends by Ctrl-C, at once: what goes on would run for minutes, and is killed long before."""
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, said
    assert b"Traceback" not in said
    assert b"Error" not in said


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def says_begun(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    assert ready
    assert os.read(process.stdout.fileno(), 5) == b"begun"


def is_held(turnstile: Path) -> bool:
    """Whether a process has its turn to write, and so asks SQLite for the file."""
    with turnstile.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "thoughts.db"
    with thoughtsearch.open(path) as store:
        store.add_many({"thought_content": f"thought {n}", "metadata": {"step": n}} for n in range(3_000))
    return path


@pytest.mark.parametrize("arguments", [["query", "--where", "step<0"], ["facets", "--where", "step!=-1"]])
def test_in_a_metadata_scan(database: Path, arguments: list[str]) -> None:
    with running([sys.executable, "-c", SLOW_METADATA, *arguments, "-d", str(database)]) as process:
        says_begun(process)
        time.sleep(0.3)
        interrupted(process)


def test_in_a_statement_of_sqlite(database: Path) -> None:
    with running([sys.executable, "-c", ENDLESS_SQL, "facets", "-d", str(database)]) as process:
        says_begun(process)
        time.sleep(1)
        interrupted(process)


@pytest.mark.parametrize("command", [["add", "x"], ["import", "-", "--from", "jsonl"]])
def test_while_another_program_writes(database: Path, command: list[str]) -> None:
    """SQLite waits for it in C, where no signal is heard."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with running([*COMMAND, *command, "-d", str(database)], subprocess.PIPE) as process:
            assert process.stdin is not None
            process.stdin.write(b'{"thought_content": "y"}\n' * 2_000)
            process.stdin.close()
            process.stdin = None
            wait_for(lambda: is_held(Path(f"{database}-turnstile")))
            interrupted(process)
        other.execute("ROLLBACK")
    with thoughtsearch.open(database) as store:
        assert store.stats()["thoughts"] == 3_000


@pytest.mark.parametrize("command", ["query", "facets", "stats", "export", "doctor"])
def test_in_a_statement_of_postgresql(command: str) -> None:
    server = for_test(in_use()[0])
    url = server.create_database(f"interrupted_{command}")
    with thoughtsearch.open(url) as store:
        store.add("wal")
    arguments = {"query": ["wal"], "facets": ["wal"], "export": ["-"]}.get(command, [])
    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as watching:
        other.execute("LOCK TABLE ai_thought_history IN ACCESS EXCLUSIVE MODE")

        def waits() -> bool:
            found = watching.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            return found is not None and found[0] > 0

        with running([*COMMAND, command, *arguments, "-d", url]) as process:
            wait_for(waits)
            interrupted(process)
        wait_for(lambda: not waits())  # the server was told, too
