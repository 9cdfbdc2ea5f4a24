"""Tables of other programs' SQLite files: whatever their names and keys, read only, and described by sqlite-utils."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run, no_settings, run
from thoughtsearch.sources.rows import PAGE, Database

__all__ = ["no_settings", "run"]  # fixtures

ODD = """[a] "b" 'c' `d`"""
TABLES = {
    "rowid": 'CREATE TABLE "{}" (body TEXT)',
    "named rowid": 'CREATE TABLE "{}" (body TEXT, rowid TEXT)',
    "one": 'CREATE TABLE "{}" (n INTEGER PRIMARY KEY, body TEXT)',
    "composite": 'CREATE TABLE "{}" (body TEXT, n, "p""]" TEXT DEFAULT \'p\', PRIMARY KEY ("p""]", n))',
    "without rowid": 'CREATE TABLE "{}" (body TEXT, n, "p""]" TEXT DEFAULT \'p\', PRIMARY KEY ("p""]", n)) WITHOUT ROWID',
}
KEYS = {"rowid": ["rowid"], "named rowid": ["_rowid_"], "one": ["n"]}


def make(path: Path, kind: str, rows: int) -> None:
    quoted = ODD.replace('"', '""')
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(TABLES[kind].format(quoted))
        columns = "body" if "rowid" in kind and kind != "without rowid" else "body, n"
        marks = "?" if columns == "body" else "?, ?"
        values = [(f"note {n}", n)[: marks.count("?")] for n in range(rows)]
        connection.executemany(f'INSERT INTO "{quoted}" ({columns}) VALUES ({marks})', values)


@pytest.mark.parametrize("kind", TABLES)
def test_any_name_and_any_key(tmp_path: Path, kind: str) -> None:
    make(tmp_path / "a.db", kind, 2 * PAGE + 1)
    with closing(Database(str(tmp_path / "a.db"))) as database:
        assert database.tables() == [ODD]
        key = database.key(ODD)
        assert key == KEYS.get(kind, ['p"]', "n"])
        for name in (ODD, ODD.upper()):
            assert [row[-1] for row in database.rows(name, ["body"], key)] == [f"note {n}" for n in range(2 * PAGE + 1)]
            assert "body" in database.columns(name)


def test_only_tables_that_a_person_made_are_listed(run: Run) -> None:
    with closing(sqlite3.connect("notes.db")) as connection:
        connection.executescript(
            "CREATE TABLE notes (body TEXT); CREATE VIEW few AS SELECT body FROM notes;"
            "CREATE VIRTUAL TABLE notes_index USING fts5 (body, content=notes); CREATE TABLE notes_of_mine (body TEXT);"
        )
    said = run("import", "notes.db", "--table", "nothing", "-d", "new.db").stderr
    assert said == "Error: There is no table 'nothing' in notes.db, which has notes, notes_of_mine, few.\n"


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_the_file_is_left_as_it_is(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.db"
    make(path, "one", 3)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    before = hashlib.sha256(path.read_bytes()).digest()
    with closing(Database(str(path))) as database:
        assert len(list(database.rows(ODD, ["body"], database.key(ODD)))) == 3
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.db"]


@pytest.mark.parametrize("words", ["'query', 'thought'", "'import', 'a.jsonl'"])
def test_sqlite_utils_is_loaded_for_such_files_alone(tmp_path: Path, words: str) -> None:
    (tmp_path / "a.jsonl").write_text('{"thought_content": "a thought"}\n', encoding="utf-8")
    program = (
        "import sys, thoughtsearch.cli as cli\n"
        f"sys.argv = ['thoughtsearch', {words}, '-d', 't.db']\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print('sqlite_utils' in sys.modules)"
    )
    subprocess.run([sys.executable, "-m", "thoughtsearch", "init", "-d", "t.db"], cwd=tmp_path, check=True)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
