"""Standard streams that are closed, full, or read by nobody: the exit code tells, and nothing prints a traceback."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

COMMAND = f"{sys.executable} -m thoughtsearch"
FULL = os.path.exists("/dev/full")
#: Each command, and its exit code where its output goes where it should.
COMMANDS = {
    "query lock": 0,
    "query xyzzy": 1,
    "query lock --json": 0,
    "show 1": 0,
    "stats": 0,
    "add more": 0,
    "add": 2,
    "import more.jsonl": 0,
    "import -": 0,
    "export -": 0,
    "export out.jsonl --force": 0,
    "transfer samples.db copy.db": 0,
    "init --sql": 0,
    "demo": 0,
    "completion bash": 0,
    "--help": 0,
    "--version": 0,
    "qeury": 2,
}
#: They write nothing to stdout.
SILENT = {"query xyzzy", "export out.jsonl --force", "add", "qeury"}


def shell(command: str, redirection: str) -> subprocess.CompletedProcess[str]:
    """Run it with stdin empty and its streams redirected."""
    Path("more.jsonl").write_text('{"thought_content": "x"}\n', encoding="utf-8")
    return subprocess.run(
        f"{COMMAND} {command} </dev/null {redirection}",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": os.getcwd()},
        timeout=120,
    )


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", "2>/dev/full", ">&- 2>&- <&-"])
def test_no_stream_need_be_there(samples: Path, command: str, redirection: str) -> None:
    done = shell(command, redirection)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr  # noqa: PT018
    can_be_written = ">" not in redirection.replace("2>", "") or command in SILENT
    assert done.returncode == (COMMANDS[command] if can_be_written else 3)
    if not can_be_written and "2>" not in redirection:
        assert done.stderr.splitlines()[-1].startswith("Error: the output can't be written: ")
    assert sound(samples)


def test_a_database_takes_no_place_of_a_closed_stream(samples: Path) -> None:
    for redirection in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        shell("add 'what is written to a closed stream goes into no file'", redirection)
        shell("query 'unfinished (' --ai Nobody", redirection)
    assert sound(samples)
    assert "goes into no file" in shell("query file", "").stdout


def test_stderr_that_is_full_ends_no_import(samples: Path) -> None:
    Path("bad.jsonl").write_text('{"thought_content": ""}\n' * 20 + '{"thought_content": "good"}\n', encoding="utf-8")
    assert shell("import bad.jsonl", "2>/dev/full").stdout == "Stored 1 thought; left out 20.\n"


def test_what_was_typed_does_not_steer_the_terminal(samples: Path) -> None:
    for command in ("query --x$'\\e[31m'", "$'\\e[31m'", "show $'\\e]0;x\\a'", "init $'\\e[31m'", "query -n $'\\e[2J'"):
        done = subprocess.run(
            ["bash", "-c", f"{COMMAND} {command}"], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 2
        assert "\x1b" not in done.stderr
        assert "\a" not in done.stderr


def test_what_was_typed_is_shortened(samples: Path) -> None:
    for command in (["query", "-n", "9" * 50_000], ["query", "--" + "x" * 50_000], ["x" * 50_000], ["init", "x" * 50_000]):
        done = subprocess.run(
            [sys.executable, "-m", "thoughtsearch", *command], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 2
        assert len(done.stderr) < 1_500
