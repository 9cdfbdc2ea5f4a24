"""`thoughtsearch import` over kinds of sources: which are found, what is said, what comes again."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path

import pytest

import thoughtsearch
from tests.sources.transcripts import CLAUDE, CODEX, SPECSTORY, TRAJ, claude, lines, llm_log
from thoughtsearch.sources import reader

from .conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file of every kind, and some of none."""
    made = tmp_path / "in"
    (made / ".specstory" / "history").mkdir(parents=True)
    (made / "claude.jsonl").write_bytes(lines(*CLAUDE))
    (made / "codex.jsonl").write_bytes(lines(*CODEX))
    (made / "jsonl.ndjson").write_bytes(lines({"thought_content": "plain"}))
    llm_log(made / "logs.db")
    (made / ".specstory" / "history" / "talk.md").write_text(SPECSTORY, encoding="utf-8")
    (made / "run.traj").write_text(json.dumps(TRAJ), encoding="utf-8")
    (made / "rows.csv").write_text("thought_content\nrow\n", encoding="utf-8")
    (made / "README.md").write_text("# Notes\n", encoding="utf-8")
    (made / "package.json").write_text("{}", encoding="utf-8")
    (made / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    sqlite3.connect(made / "other.db").close()
    return made


def test_every_kind_in_a_folder_is_imported_once(run: Run, folder: Path) -> None:
    first = run("import", "in", "-d", "new.db", "--quarantine", "bad.jsonl")
    counted = dict(part.rsplit(" ", 1) for part in first.stdout.partition("(")[2].partition(")")[0].split(", "))
    assert first.stderr == ""
    assert counted == {
        "claude-code": "4",
        "codex": "4",
        "jsonl": "1",
        "llm": "5",
        "specstory": "4",
        "swe-agent": "3",
        "csv": "1",
    }
    assert run("import", "in", "-d", "new.db").stdout == (
        "Stored 0 thoughts; 5 were there already; 6 files have nothing new.\n"
    )
    assert run("import", "in", "-d", "new.db", "--again").stdout.startswith("Stored 22 thoughts (")
    assert Path("bad.jsonl").read_bytes() == b""


def test_a_named_kind_takes_its_files_alone(run: Run, folder: Path) -> None:
    assert run("import", "in", "--from", "swe-agent", "-d", "new.db").stdout == "Stored 3 thoughts.\n"
    assert run("import", "in", "--from", "specstory", "-d", "new.db").stdout == "Stored 4 thoughts.\n"


def test_the_usual_place_of_a_tool(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    missing = run("import", "--from", "claude-code", "-d", "new.db")
    assert (missing.exit_code, missing.stderr) == (
        2,
        f"Error: There is no {folder}/.claude/projects; name the file or the folder.\n",
    )
    (folder / ".claude" / "projects" / "p").mkdir(parents=True)
    (folder / "claude.jsonl").rename(folder / ".claude" / "projects" / "p" / "s.jsonl")
    assert run("import", "--from", "claude-code", "-d", "new.db").stdout == "Stored 4 thoughts.\n"
    (folder / ".claude").rename(folder / "moved")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(folder / "moved"))
    assert run("import", "--from", "claude-code", "-d", "other.db").stdout == "Stored 4 thoughts.\n"
    nothing = run("import", "-d", "new.db")
    assert nothing.exit_code == 2
    assert "--from claude-code, --from codex" in nothing.stderr


def test_broken_records_are_told_and_kept(run: Run) -> None:
    given: list[object] = []
    for number in range(8):
        given += [claude(number, "user", f"question {number}"), b'{"type": \xff' if number % 2 else b"garbage"]
    Path("s.jsonl").write_bytes(lines(*given))
    result = run("import", "s.jsonl", "--from", "claude-code", "-d", "new.db", "--quarantine", "bad.jsonl")
    assert (result.exit_code, result.stdout) == (0, "Stored 8 thoughts; left out 8.\n")
    told = result.stderr.splitlines()
    assert told[0].startswith("s.jsonl:2: This is not JSON: ")
    assert told[1].startswith("s.jsonl:4: This is not UTF-8 ")
    assert told[5:] == ["… and 3 more; all are in bad.jsonl."]
    kept = [json.loads(line) for line in Path("bad.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["line"] for record in kept] == [2, 4, 6, 8, 10, 12, 14, 16]
    assert kept[0] == kept[0] | {"file": "s.jsonl", "record": "garbage"}


def test_nothing_but_broken_records_is_a_failure(run: Run) -> None:
    Path("s.jsonl").write_bytes(lines(b"garbage"))
    assert run("import", "s.jsonl", "-d", "new.db").exit_code == 2


def test_a_file_that_can_not_be_read_does_not_keep_the_others(run: Run, folder: Path) -> None:
    Path("bad.jsonl.gz").write_bytes(b"\x1f\x8b broken")
    result = run("import", "bad.jsonl.gz", "in/run.traj", "-d", "new.db")
    assert (result.exit_code, result.stdout) == (2, "Stored 3 thoughts.\n")
    assert "bad.jsonl.gz" in result.stderr


def test_a_table_of_another_database(run: Run) -> None:
    with sqlite3.connect("notes.db") as other:
        other.executescript(
            """
            CREATE TABLE notes (body TEXT, labels TEXT, ts INTEGER, colour TEXT, picture BLOB);
            INSERT INTO notes VALUES ('WAL helps.', 'sqlite,wal', 1767323045, 'red', x'ff'), ('', '', 0, '', NULL);
            CREATE VIEW few AS SELECT body FROM notes;
            """
        )
    other.close()
    options = ("--content", "body", "--tags", "labels", "--time", "ts", "--meta-rest", "-d", "new.db")
    assert run("import", "notes.db", "--table", "notes", *options).stdout == "Stored 1 thought.\n"
    assert run("import", "notes.db", "--table", "notes", *options).stdout == "Stored 0 thoughts; 1 was there already.\n"
    with thoughtsearch.open("new.db") as store:
        (thought,) = store.export()
    assert (thought.thought_content, thought.tags, str(thought.created_at)) == (
        "WAL helps.",
        ("sqlite", "wal"),
        "2026-01-02 03:04:05+00:00",
    )
    assert thought.metadata["colour"] == "red"
    assert thought.metadata["source"]["id"].startswith("notes/1/")
    view = run("import", "notes.db", "--table", "few", "--content", "body", "-d", "new.db")
    assert "few has no primary key; name a column that no two rows share: --id COLUMN." in view.stderr
    assert "--table NAME" in run("import", "notes.db", "-d", "new.db").stderr


def test_the_kinds_are_listed_and_installed_packages_add_theirs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    (package / "other-1.0.dist-info").mkdir(parents=True)
    (package / "other-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (package / "other-1.0.dist-info" / "entry_points.txt").write_text(
        "[thoughtsearch.sources]\nshouted = other_source:READER\nbroken = other_source:NOTHING\n"
    )
    (package / "other_source.py").write_text(
        "from thoughtsearch.sources.entry import Entry\n"
        "from thoughtsearch.sources.reader import Reader\n"
        "def read(reading):\n"
        "    for line in reading:\n"
        "        yield Entry(reading.line, {'thought_content': line.decode().upper()}, str(reading.line))\n"
        "READER = Reader('shouted', 'lines', read, lambda path, start: path.endswith('.shout'), ('.shout',))\n"
    )
    monkeypatch.setattr(sys, "path", [str(package), *sys.path])
    reader.readers.cache_clear()
    try:
        listed = run("import", "--list").stdout
        Path("x.shout").write_text("one\ntwo\n", encoding="utf-8")
        stored = run("import", "x.shout", "-d", "new.db").stdout
        with Path("x.shout").open("a", encoding="utf-8") as file:
            file.write("three\n")
        more = run("import", "--from", "shouted", "x.shout", "-d", "new.db").stdout
        broken = run("import", "--from", "broken", "x.shout", "-d", "new.db")
    finally:
        reader.readers.cache_clear()
    assert "shouted      lines\n" in listed
    assert "claude-code  Claude Code's sessions [${CLAUDE_CONFIG_DIR:-~/.claude}/projects]\n" in listed
    assert (stored, more) == ("Stored 2 thoughts.\n", "Stored 1 thought.\n")
    assert broken.exit_code == 2
    assert "The source broken of an installed package can't be used" in broken.stderr
    assert "There is no source 'x'" in run("import", "--from", "x", "x.shout").stderr


def test_watch_imports_what_comes(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = iter(range(4))

    def sleep(seconds: float) -> None:
        step = next(steps)
        if step == 1:
            with (folder / "claude.jsonl").open("ab") as file:
                file.write(lines(claude(90, "user", "and now?")))
        if step == 2:
            (folder / "new.jsonl").write_bytes(lines(claude(91, "user", "in a new file")))
        if step == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    result = run("import", "in", "--watch", "-d", "new.db")
    assert result.exit_code == 130
    assert result.stdout.splitlines()[1:] == ["Stored 1 thought.", "Stored 1 thought."]
