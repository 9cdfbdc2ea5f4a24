"""Imports whose sources lie beside the database itself, while another program writes to it: is anything lost?

    python -m tests.benchmarks.own_file [--runs 20]

`glob` runs `thoughtsearch import * -d thoughts.db` in the database's own folder, `watch` runs `thoughtsearch import FOLDER
--watch -d FOLDER/thoughts.db`. Beside each a process inserts thoughts with Python's sqlite3, on a new connection for each,
as scripts and hooks do. At the end every insert that was committed, and every thought that the import said it stored, must
be there, and SQLite must find the file sound.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import thoughtsearch

NAME = "thoughts.db"
_CLI = [sys.executable, "-m", "thoughtsearch"]
_PATIENCE = 60
# Prints a line for each insert that SQLite has committed, and ends when its stdin does.
_WRITER = """
import select, sqlite3, sys
number = 0
while not select.select([sys.stdin], [], [], 0.002)[0]:
    connection = sqlite3.connect(sys.argv[1], timeout=30)
    with connection:
        connection.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (9, ?)", [f"inserted {number}"])
    connection.close()
    number += 1
    print("inserted", flush=True)
"""


class Outcome(NamedTuple):
    """What came of one run."""

    acknowledged: int
    lost: int
    integrity: str


def trial(folder: Path, mode: str) -> Outcome:
    """One run of `glob` or `watch` in an empty folder."""
    database = folder / NAME
    thoughtsearch.open(database).close()
    _write(folder / "a.jsonl", 0, 200)
    _write(folder / "z.jsonl", 200, 3_000)
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        output = _glob(folder) if mode == "glob" else _watch(folder)
    finally:
        inserted = len(writer.communicate(timeout=_PATIENCE)[0].split())
    imported = sum(int(number.replace(",", "")) for number in re.findall(r"Stored ([0-9,]+) thoughts?", output))
    return _counted(database, inserted + imported)


def _glob(folder: Path) -> str:
    # As a shell would write it out, the files beside the database included.
    names = sorted(path.name for path in folder.iterdir())
    done = subprocess.run(
        [*_CLI, "import", *names, "-d", NAME], cwd=folder, capture_output=True, text=True, timeout=_PATIENCE
    )
    return done.stdout


def _watch(folder: Path) -> str:
    watching = subprocess.Popen(
        [*_CLI, "import", str(folder), "--watch", "-d", str(folder / NAME)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert watching.stdout
    guard = threading.Timer(_PATIENCE, watching.kill)
    guard.start()
    try:
        output = watching.stdout.readline()
        for number in range(2):  # two rounds of looking for what is new
            _write(folder / f"later{number}.jsonl", 5_000 + 10 * number, 10)
            output += watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        return output + watching.communicate(timeout=_PATIENCE)[0]
    finally:
        guard.cancel()
        watching.kill()
        watching.wait()


def _write(path: Path, first: int, count: int) -> None:
    records = ({"thought_content": f"imported {number}", "ai_id": 3} for number in range(first, first + count))
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def _counted(database: Path, acknowledged: int) -> Outcome:
    try:
        with closing(sqlite3.connect(database)) as connection:
            integrity = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
            there = int(connection.execute("SELECT count(*) FROM ai_thought_history NOT INDEXED").fetchone()[0])
    except sqlite3.Error as error:
        return Outcome(acknowledged, acknowledged, str(error))
    return Outcome(acknowledged, max(acknowledged - there, 0), integrity)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    for mode in ("glob", "watch"):
        outcomes = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                outcomes.append(trial(Path(folder), mode))
        sound = sum(outcome.integrity == "ok" for outcome in outcomes)
        acknowledged, lost = (sum(one) for one in list(zip(*outcomes, strict=True))[:2])
        damaged = sum(outcome.lost > 0 or outcome.integrity != "ok" for outcome in outcomes)
        print(f"{mode}: {runs} runs, {acknowledged:,} thoughts acknowledged, {lost:,} lost, ", end="")
        print(f"integrity ok in {sound}, {damaged} runs with a loss", flush=True)


if __name__ == "__main__":
    main()
