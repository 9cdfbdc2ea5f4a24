"""The database's own file, and what lies beside it, is never opened or written but through SQLite."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import thoughtsearch
from tests.benchmarks.own_file import trial
from thoughtsearch.engines.own_files import COMPANIONS
from thoughtsearch.sources.files import opened

from .conftest import Run

RECORD = '{"thought_content": "one"}\n'


@pytest.mark.parametrize("mode", ["glob", "watch"])
def test_an_import_beside_its_database_loses_nothing_while_another_program_writes(tmp_path: Path, mode: str) -> None:
    outcome = trial(tmp_path, mode)
    assert outcome.acknowledged > 3_200
    assert (outcome.lost, outcome.integrity) == (0, "ok")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A database with another table in it, open so that SQLite's files lie beside it, and a source."""
    path = tmp_path / "thoughts.db"
    with thoughtsearch.open(path) as store:
        store.add("stored before")
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE notes (body TEXT)")
        connection.execute("INSERT INTO notes VALUES ('a note')")
    (tmp_path / "a.jsonl").write_text(RECORD, encoding="utf-8")
    assert Path(f"{path}-wal").exists()
    yield tmp_path
    connection.close()


@pytest.fixture
def opened_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that Python opens from now on; not those that SQLite opens."""
    names: list[str] = []
    monkeypatch.setattr(_Ear, "names", names)
    if not _Ear.is_there:  # it can't be taken away again
        sys.addaudithook(_hear)
        _Ear.is_there = True
    return names


class _Ear:
    names: list[str] | None = None
    is_there = False


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _Ear.names is not None and isinstance(arguments[0], (str, bytes)):
        _Ear.names.append(os.path.realpath(os.fsdecode(arguments[0])))


def own(folder: Path) -> set[str]:
    base = os.path.realpath(folder / "thoughts.db")
    # The turnstile opens its own files, which hold no data and no lock of SQLite's.
    return {base, *(base + companion for companion in COMPANIONS if "turnstile" not in companion)}


@pytest.mark.parametrize("paths", [["."], ["*"], ["--from", "llm", "."], ["--from", "jsonl", "."]])
def test_no_file_of_the_database_is_opened(run: Run, folder: Path, opened_files: list[str], paths: list[str]) -> None:
    names = sorted(os.listdir(folder)) if paths == ["*"] else paths
    run("import", *names, "-d", "thoughts.db")
    assert os.path.realpath("a.jsonl") in opened_files or "llm" in paths
    assert not own(folder) & set(opened_files)


def test_what_a_star_names_is_passed_over_and_the_rest_is_stored(run: Run, folder: Path) -> None:
    result = run("import", *sorted(os.listdir(folder)), "-d", "thoughts.db")
    assert (result.exit_code, result.stdout) == (0, "Stored 1 thought.\n")
    assert result.stderr == "note: thoughts.db is the database that the import writes to, and was passed over.\n"


@pytest.mark.parametrize("link", ["same", "symbolic", "hard"])
def test_the_database_as_its_own_source_is_refused(run: Run, folder: Path, link: str) -> None:
    name = "thoughts.db"
    if link == "symbolic":
        (folder / "link.db").symlink_to(folder / name)
        name = "link.db"
    if link == "hard":
        os.link(folder / name, folder / "link.db")
        name = "link.db"
    alone = run("import", name, "-d", "thoughts.db")
    assert alone.exit_code == 2
    assert alone.stderr == (
        f"Error: {name} is the database that the import writes to; name another file, or one of its other tables with "
        "--table.\n"
    )
    table = run("import", name, "--table", "notes", "--content", "body", "-d", "thoughts.db")
    if link == "hard":
        assert "link.db is another name for the database that the import writes to" in table.stderr
    else:
        assert table.stdout == "Stored 1 thought.\n"
    assert run("import", name, "--table", "ai_thought_history", "-d", "thoughts.db").exit_code == 2
    assert run("import", "thoughts.db-wal", "-d", "thoughts.db").exit_code == 2


@pytest.mark.parametrize("companion", ["", *COMPANIONS])
@pytest.mark.parametrize("command", ["export", "quarantine"])
def test_nothing_is_written_into_the_database_or_beside_it(run: Run, folder: Path, command: str, companion: str) -> None:
    name = f"thoughts.db{companion}"
    there = Path(name).exists()
    if command == "export":
        result = run("export", name, "--force", "-d", "thoughts.db")
    else:
        result = run("import", "a.jsonl", "--quarantine", name, "-d", "thoughts.db")
    assert result.exit_code == 2
    assert "the database" in result.stderr
    assert Path(name).exists() == there or "turnstile" in companion
    with closing(sqlite3.connect("thoughts.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT thought_content FROM ai_thought_history").fetchall() == [("stored before",)]


def test_a_database_that_is_yet_to_be_made_is_not_taken_for_a_quarantine(run: Run, folder: Path) -> None:
    assert run("import", "a.jsonl", "--quarantine", "new.db", "-d", "new.db").exit_code == 2
    assert not Path("new.db").exists()


def test_another_database_is_not_written_over_as_a_file(run: Run, folder: Path) -> None:
    sqlite3.connect("other.db").executescript("CREATE TABLE t (x)")
    for arguments in (["export", "other.db", "--force"], ["import", "a.jsonl", "--quarantine", "other.db"]):
        result = run(*arguments, "-d", "thoughts.db")
        assert (result.exit_code, "other.db is a SQLite database" in result.stderr) == (2, True)


def test_what_an_import_leaves_out_is_not_read_again(run: Run) -> None:
    Path("a.jsonl").write_text(RECORD + "garbage\n" * 3, encoding="utf-8")
    Path("bad.jsonl").write_text("", encoding="utf-8")
    assert run("import", ".", "-d", "t.db", "--quarantine", "bad.jsonl").stdout == "Stored 1 thought; left out 3.\n"
    assert len(Path("bad.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_a_database_that_sqlite_has_open_here_is_recognised_without_being_opened(
    folder: Path, opened_files: list[str]
) -> None:
    connection = sqlite3.connect("thoughts.db")
    connection.execute("SELECT count(*) FROM notes").fetchall()
    with opened("thoughts.db") as reading:
        assert reading.start(16) == b"SQLite format 3\0"
    assert os.path.realpath("thoughts.db") not in opened_files
    connection.close()


def test_a_transfer_between_two_names_of_one_file_is_refused(run: Run, folder: Path) -> None:
    os.link("thoughts.db", "link.db")
    result = run("transfer", "link.db", "thoughts.db")
    assert (result.exit_code, "another name" in result.stderr) == (2, True)
