"""Inputs without end: a record has a limit, memory too, and what is no file is not read."""

from __future__ import annotations

import gzip
import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import thoughtsearch
from tests.cli.conftest import Run, no_settings, run
from thoughtsearch.errors import InputError
from thoughtsearch.sources.csv import records as csv_records
from thoughtsearch.sources.files import opened
from thoughtsearch.sources.limits import Limits, in_bytes
from thoughtsearch.sources.specstory import _marked

__all__ = ["no_settings", "run"]  # fixtures

MIB = 1 << 20
LONG = b"x" * 3_000
SMALL = ("--max-record", "1000")
CLAUDE = b'{"type":"user","parentUuid":null,"sessionId":"s","uuid":"%s","message":{"role":"user","content":"%s"}}\n'
FILES = {
    "a.jsonl": b'{"thought_content": "before"}\n{"thought_content": "%s"}\n{"thought_content": "after"}\n' % LONG,
    "a.csv": b'thought_content\nbefore\n"%s\n%s"\nafter\n' % (LONG, LONG),
    "a.md": b"_**User**_\n\nbefore\n_**User**_\n\n%s\n_**User**_\n\nafter\n" % b"word\n".join([LONG[:200]] * 9),
    "claude.jsonl": CLAUDE % (b"1", b"before") + CLAUDE % (b"2", LONG) + CLAUDE % (b"3", b"after"),
    "rollout-a.jsonl": b"".join(
        b'{"type":"message","role":"user","content":[{"text":"%s"}]}\n' % text for text in (b"before", LONG, b"after")
    ),
}


@pytest.mark.parametrize(("name", "packed"), [*((name, False) for name in FILES), ("a.jsonl", True), ("a.csv", True)])
def test_a_record_that_is_too_long_is_left_out_and_the_rest_is_stored(run: Run, name: str, packed: bool) -> None:
    given = name + (".gz" if packed else "")
    Path(given).write_bytes(gzip.compress(FILES[name]) if packed else FILES[name])
    result = run("import", given, "-d", "t.db", "--quarantine", "bad.jsonl", *SMALL)
    assert (result.exit_code, result.stdout) == (0, "Stored 2 thoughts; left out 1.\n")
    assert "is longer than 1000 bytes, the limit for one record; --max-record raises it." in result.stderr
    with thoughtsearch.open("t.db") as store:
        assert [thought.thought_content for thought in store.export()] == ["before", "after"]
    (kept,) = (json.loads(line) for line in Path("bad.jsonl").read_text(encoding="utf-8").splitlines())
    assert "limit for one record" in kept["reason"]
    assert 0 < len(kept["record"]) <= 1_100


def test_a_higher_limit_reads_what_was_left_out(run: Run) -> None:
    Path("a.jsonl").write_bytes(FILES["a.jsonl"])
    run("import", "a.jsonl", "-d", "t.db", *SMALL)
    assert run("import", "a.jsonl", "-d", "t.db").stdout == "Stored 1 thought; 2 were there already.\n"


def test_a_document_that_is_too_long(run: Run) -> None:
    Path("a.traj").write_bytes(b'{"trajectory": [{"thought": "%s", "action": "ls"}]}' % LONG)
    result = run("import", "a.traj", "-d", "t.db", *SMALL)
    assert (result.exit_code, result.stdout) == (2, "Stored 0 thoughts; left out 1.\n")
    assert "This document is longer than 1000 bytes" in result.stderr


@pytest.mark.parametrize("key", ["id INTEGER PRIMARY KEY", "id TEXT PRIMARY KEY"])
def test_rows_that_are_too_long(run: Run, key: str) -> None:
    with closing(sqlite3.connect("notes.db")) as connection, connection:
        connection.execute(f"CREATE TABLE notes ({key}, body TEXT)")
        rows = [("before",), ("x" * 3_000,), ("y" * 3_000_000,), ("after",)]
        connection.executemany("INSERT INTO notes (id, body) VALUES (?, ?)", [(n, body) for n, (body,) in enumerate(rows)])
    result = run("import", "notes.db", "--table", "notes", "--content", "body", "-d", "t.db", *SMALL)
    assert (result.exit_code, result.stdout) == (0, "Stored 2 thoughts; left out 2.\n")
    assert result.stderr.count("This row is longer than 1000 bytes") == 2


def test_a_quotation_mark_that_nothing_closes_takes_no_row_before_it() -> None:
    lines = [b"thought_content\n", b"one\n", b'"two\n', *[b"more\n"] * 500]
    found = list(csv_records(lines, 1_000))
    assert found[0].record == {"thought_content": "one"}
    assert [(entry.line, str(entry.record)[:21]) for entry in found[1:]] == [(3, "This row is longer th")]


def test_rows_longer_than_what_the_module_is_given_are_read_whole() -> None:
    body = 'a "quoted" line\n' * 40
    row = ('"' + body.replace('"', '""') + '"\n').encode()
    lines = [b"thought_content\n", *row.splitlines(keepends=True), b"next\n"]
    found = list(csv_records(lines, 1_000))
    assert [(entry.line, entry.record) for entry in found] == [
        (2, {"thought_content": body}),
        (43, {"thought_content": "next"}),
    ]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux how much memory a process had")
@pytest.mark.parametrize("kind", ["jsonl", "csv", "md"])
def test_memory_is_bounded_whatever_one_line_holds(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}.gz" if kind != "md" else tmp_path / "a.md"
    head = {"jsonl": b'{"thought_content": "', "csv": b'thought_content\n"', "md": b"_**User**_\n\n"}[kind]
    with gzip.open(path, "wb", 1) if kind != "md" else path.open("wb") as file:
        file.write(head)
        for _ in range(256 if kind != "md" else 64):
            file.write(b"x" * MIB)
        file.write(b'\n{"thought_content": "after"}\n' if kind == "jsonl" else b'"\nafter\n' if kind == "csv" else b"\n")
    program = (
        "import sys, thoughtsearch.cli as cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        # Not ru_maxrss: that of a child begins with what the parent has.
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    arguments = ["import", str(path), "-d", str(tmp_path / "t.db"), "--max-record", "16M"]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    assert "left out 1" in done.stdout
    own = 64 * 1024  # of a process that imports a short file
    assert int(done.stdout.split()[-1]) < own + 4 * 16 * 1024


@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_what_is_no_file_is_refused(run: Run, tmp_path: Path, kind: str) -> None:
    path = "/dev/zero" if kind == "device" else "a.jsonl"
    with socket.socket(socket.AF_UNIX) as listening:
        if kind == "pipe":
            os.mkfifo(path)
        if kind == "socket":
            listening.bind(path)
        result = run("import", path, "-d", "t.db")
    assert result.exit_code == 2
    assert f"{path} is a {kind}, which may have no end; name a file, or pass it on stdin as `-`." in result.stderr
    Path("b.jsonl").write_text('{"thought_content": "one"}\n', encoding="utf-8")
    assert run("import", ".", "--from", "jsonl", "-d", "t.db").stdout == "Stored 1 thought.\n"


def test_a_compressed_file_that_becomes_too_much(run: Run) -> None:
    Path("a.jsonl.gz").write_bytes(gzip.compress(b'{"thought_content": "one"}\n' + b"\n" * (4 * MIB)))
    result = run("import", "a.jsonl.gz", "-d", "t.db", "--max-unpacked", "1M")
    assert result.exit_code == 2
    assert "a.jsonl.gz unpacks to more than 1 MiB" in result.stderr
    assert "--max-unpacked raises it" in result.stderr
    assert run("import", "a.jsonl.gz", "-d", "t.db").exit_code == 0


def test_limits_hold_without_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * 10_000))
    with pytest.raises(InputError, match="unpacks to more than"), opened(str(path), limits=Limits(unpacked=100)) as reading:
        reading.read()


@pytest.mark.parametrize(
    ("text", "size"), [("64M", 64 * MIB), ("2 GiB", 2048 * MIB), ("1k", 1024), ("17", 17), ("3MB", 3 * MIB)]
)
def test_sizes(text: str, size: int) -> None:
    assert in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5M", "much", "1" * 40])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match="A size is a number of bytes"):
        in_bytes(text)


def test_marks_that_nothing_closes_are_looked_for_once() -> None:
    # In proportion to the length: with a search to the end from each mark this would take hours.
    assert list(_marked("<think>" * 300_000 + "<tool-use" * 300_000)) == []
