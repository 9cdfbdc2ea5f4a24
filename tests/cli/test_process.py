"""What only shows in a process of its own: pipes, signals, locales, terminals."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import thoughtsearch

COMMAND = [sys.executable, "-m", "thoughtsearch"]


def test_a_closed_pipe_ends_it_quietly(samples: Path) -> None:
    with thoughtsearch.open(samples) as store:
        store.add_many({"thought_content": "words " * 200} for _ in range(2_000))
    for command in (["export"], ["recent", "-n", "2000", "--full"], ["recent", "-n", "2000", "--jsonl"]):
        process = subprocess.Popen([*COMMAND, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        with process.stderr:
            assert process.stderr.read() == b""
        assert process.wait() == 141


def test_ctrl_c(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "import", "-", "--from", "jsonl", "-d", "new.db"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        # A shell's background job inherits an ignored SIGINT, and would pass it on to the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdin is not None
    process.stdin.write(b'{"thought_content": "x"}\n' * 5_000)
    process.stdin.flush()
    deadline = time.monotonic() + 20
    while stored(tmp_path / "new.db") < 1_000 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in said
    told = re.search(r"Stored ([0-9,]+) thoughts before this", said.decode())
    assert told is not None
    assert int(told[1].replace(",", "")) == stored(tmp_path / "new.db")


def stored(path: Path) -> int:
    try:
        with thoughtsearch.open(path, read_only=True) as store:
            count: int = store.stats()["thoughts"]
            return count
    except thoughtsearch.DatabaseError:
        return 0


@pytest.mark.parametrize(
    "settings",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_other_encodings(samples: Path, settings: dict[str, str]) -> None:
    text = "漢字 and ü and 🙂"
    with thoughtsearch.open(samples) as store:
        store.add(text, tags=["ünï"])
    environment = {**os.environ, **settings}
    for command in (["recent"], ["show", "94"], ["facets"], ["query", "漢字"], ["query", "xyzzyé"], ["query", "-h"]):
        done = subprocess.run([*COMMAND, *command], capture_output=True, check=False, env=environment)
        assert b"Traceback" not in done.stderr
        assert done.returncode == (1 if "xyzzyé" in command else 0)
    for command in (["recent", "-n", "1", "--jsonl"], ["show", "94", "--json"], ["export"]):
        done = subprocess.run([*COMMAND, *command], capture_output=True, check=True, env=environment)
        record = json.loads(done.stdout.splitlines()[-1].decode("utf-8"))
        assert record.get("thought", record)["thought_content"] == text


def on_a_terminal(command: list[str], **settings: str) -> str:
    """What the command prints on a terminal of 60 columns."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60", "TERM": "xterm", **settings}
    process = subprocess.Popen([*COMMAND, *command], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    printed = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not part:
            break
        printed += part
    os.close(ours)
    assert process.wait() == 0
    return printed.decode("utf-8").replace("\r\n", "\n")


def test_on_a_terminal_text_is_wrapped_and_matches_stand_out(samples: Path) -> None:
    printed = on_a_terminal(["query", "database", "locked", "-n", "2"])
    assert "\x1b[31m\x1b[1mlocked\x1b[0m" in printed
    assert "note: there are more: add --cursor " in printed
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    snippet = [line for line in plain.splitlines() if line.startswith("    ")]
    assert len(snippet) > 4
    assert max(map(len, snippet)) <= 60
    assert "\x1b" not in on_a_terminal(["query", "database", "locked", "-n", "2"], NO_COLOR="1")


def test_on_a_terminal_json_is_indented_and_an_import_has_a_bar(samples: Path, tmp_path: Path) -> None:
    assert on_a_terminal(["query", "lock", "--json"]).startswith('{\n  "hits": [')
    on_a_terminal(["export", "out.jsonl"])
    assert "Importing" in on_a_terminal(["import", "out.jsonl"])


def test_on_a_terminal_a_backfill_has_a_bar_with_numbers(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "found.db")) as connection, connection:
        columns = "id INTEGER PRIMARY KEY, ai_id INTEGER, thought_content TEXT, created_at TIMESTAMP"
        connection.execute(f"CREATE TABLE ai_thought_history ({columns})")
        rows = [(f"thought {number}",) for number in range(6_000)]
        connection.executemany("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, ?)", rows)
    printed = on_a_terminal(["backfill", "-d", "found.db"], COLUMNS="120")
    assert re.search(r"Indexing +\[[#-]+\] +[0-9]+/6000 .* [0-9,]+/s", printed)
    assert "Indexed 6,000 thoughts" in printed


def test_on_a_terminal_csv_is_no_escape_sequence(samples: Path) -> None:
    with thoughtsearch.open(samples) as store:
        store.add("red \x1b[31m")
    assert "red ␛[31m" in on_a_terminal(["export", "--format", "csv"])
    assert (
        b"red \x1b[31m" in subprocess.run([*COMMAND, "export", "--format", "csv"], capture_output=True, check=True).stdout
    )


def test_the_module_runs() -> None:
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"thoughtsearch, version {thoughtsearch.__version__}\n"


def test_the_shell_completes(samples: Path) -> None:
    environment = {
        **os.environ,
        "_THOUGHTSEARCH_COMPLETE": "bash_complete",
        "COMP_WORDS": "thoughtsearch que",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False, env=environment)
    assert "query" in done.stdout
