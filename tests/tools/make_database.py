"""Keep a database as the code of one commit makes it: what a test then upgrades, searches and examines.

Run as: python -m tests.tools.make_database COMMIT [SHAPE ...]

The shapes are `sqlite` and `sqlite-found` (a table of CloudBrain's that was adopted), `postgres` and `postgres-found`;
without any, all that the commit knows. The code of the commit is unpacked into a temporary folder and run from there.
It writes files into tests/fixtures/databases/: a compressed SQLite file, or the plain SQL that pg_dump of PostgreSQL 15
prints, compressed too. Commit first what is to be kept: the name of a file holds the commit.

A new migration needs nothing more: tests/forms/test_upgrades.py takes every file that it finds there.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

import psycopg

from tests.postgres.server import fresh_database, running, stop_all
from tests.sqlite import shapes
from tests.world import FOUND

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "fixtures" / "databases"
SHAPES = ("sqlite", "sqlite-found", "postgres", "postgres-found")
DUMPED_BY = "15"  # what it prints is understood by every newer version

_TIME = "2026-01-{:02}T10:00:00+00:00"
#: Stored through the store of the commit; what a test compares is in no other order and at no other time.
THOUGHTS = [
    {"thought_content": "WAL mode fixed the lock", "ai_id": 1, "thought_type": "insight", "tags": ["sqlite", "wal"]},
    {"thought_content": "the database is locked at noon", "ai_id": 1, "session_id": 7, "metadata": {"step": 4}},
    {"thought_content": "検索は速い with the index", "ai_id": 2, "tags": ["日本"], "session_id": 7, "cycle_number": 120},
    {"thought_content": "café, naïve and indexed twice", "ai_id": 2, "thought_type": "question"},
    {"thought_content": "running out of locks, possibly", "ai_id": 2, "tags": ["sqlite"], "metadata": {"a": {"b": [1]}}},
    {"thought_content": "lock and lock and lock again", "ai_id": 1, "metadata": {"step": 9, "status": "done"}},
]
for _day, _thought in enumerate(THOUGHTS, 1):
    _thought["created_at"] = _TIME.format(_day)
#: Imported, where the commit can, so that its record of imports is there.
IMPORTED = {"id": "a1", "thought_content": "imported from elsewhere", "ai_id": 2, "created_at": _TIME.format(20)}
#: What stood in a found table before it was adopted.
BEFORE = (
    "INSERT INTO ai_thought_history (ai_id, session_id, cycle_number, thought_content, thought_type, tags, created_at) "
    "VALUES (1, NULL, 1, 'running the indexes on sqlite', 'insight', 'sqlite,wal', '2025-12-01 10:00:00'), "
    "(2, NULL, 2, '検索エンジンを試す with WAL', 'question', 'wal, 日本 ,', '2025-12-02 10:00:00'), "
    "(1, NULL, NULL, 'café locked again', NULL, '', '2025-12-03 10:00:00')"
)

_STORE = """
import json, sys
import thoughtsearch
url, thoughts = sys.argv[1], json.loads(sys.argv[2])
with thoughtsearch.open(url) as store:
    store.add_many(thoughts)
"""


def make(commit: str, shape: str) -> bytes:
    """The contents of a database of this shape."""
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder, "code")
        _unpack(commit, code)
        if shape.startswith("sqlite"):
            path = Path(folder, "thoughts.db")
            if shape.endswith("found"):
                with contextlib.closing(sqlite3.connect(path)) as connection:
                    connection.executescript(f"{shapes.A};{BEFORE};")
            _fill(code, str(path))
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
                with contextlib.suppress(sqlite3.OperationalError):  # the commit kept no such record
                    connection.execute("UPDATE thoughtsearch_import_file SET path = '/thoughts.jsonl'")
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return path.read_bytes()
        server = running(DUMPED_BY)
        with fresh_database(server) as url:
            if shape.endswith("found"):
                with psycopg.connect(url, autocommit=True) as database:
                    for statement in (*FOUND.split(";"), BEFORE):
                        database.execute(statement.encode())
            _fill(code, url)
            with psycopg.connect(url) as database:
                if database.execute("SELECT to_regclass('thoughtsearch_import_file')").fetchone() != (None,):
                    database.execute("UPDATE thoughtsearch_import_file SET path = '/thoughts.jsonl'")
                name = database.info.dbname
            file = server.folder / "dump.sql"
            options = ("--no-owner", "--inserts", "-h", str(server.folder), "-U", "postgres", "-f", str(file))
            server.run("pg_dump", *options, name)
            # A key, new at each dump, that only the newest psql knows.
            return re.sub(rb"(?m)^\\(un)?restrict .*\n", b"", file.read_bytes())


def restore(path: Path, url: str) -> None:
    """Make the database of a file in an empty one: a path of no file, or the URL of a PostgreSQL database."""
    contents = gzip.decompress(path.read_bytes())
    if path.name.startswith("sqlite"):
        Path(url).write_bytes(contents)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(contents)


def _unpack(commit: str, folder: Path) -> None:
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder)


def _fill(code: Path, url: str) -> None:
    """Have the commit's own code store, import and, on SQLite, embed thoughts."""
    _python(code, "-c", _STORE, url, json.dumps(THOUGHTS))
    if (code / "thoughtsearch" / "sources" / "loading.py").exists():
        (code / "thoughts.jsonl").write_text(json.dumps(IMPORTED) + "\n", encoding="utf-8")
        _python(code, "-m", "thoughtsearch", "import", "thoughts.jsonl", "-d", url)
    if (code / "thoughtsearch" / "embedders").exists() and "://" not in url:  # Debian's PostgreSQL has no pgvector
        _python(code, "-m", "thoughtsearch", "backfill", "--embeddings", "--embedder", "hashing:8", "-d", url)


def _python(code: Path, *arguments: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *arguments], cwd=code, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The code of that commit failed:\n{done.stderr[-2_000:]}")


def main() -> None:
    """Write the fixtures that the command line names."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=7", sys.argv[1]], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for shape in sys.argv[2:] or SHAPES:
        suffix = "db" if shape.startswith("sqlite") else "sql"
        path = FOLDER / f"{shape}-{commit}.{suffix}.gz"
        path.write_bytes(gzip.compress(make(commit, shape), mtime=0))
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
    stop_all()


if __name__ == "__main__":
    main()
