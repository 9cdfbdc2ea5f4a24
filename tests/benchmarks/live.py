"""A backfill of a table that is being written to and read: the longest pause either saw, rows a second, and what was lost.

    python -m tests.benchmarks.live --engine postgresql|sqlite [--rows 1000000] [--kills 10]

The table has one of CloudBrain's shapes (`cloudbrain/` of THOUGHTSEARCH_DATA) and holds the real thoughts, repeated as in
`served.py`. A writer commits 20 thoughts a second with CloudBrain's own statement, a reader asks 20 times a second for an
agent's newest thoughts with its SELECT, each a process of its own; first for some seconds alone, to compare with, then
throughout `thoughtsearch backfill`, which is a process too. With `--kills` that is ended with SIGKILL so many times at
random places, and started again. At the end all rows found before are compared with what they were, each row is looked for
in the index, the index is checked, and thoughts are searched for by words of theirs.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import multiprocessing
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import psycopg

import thoughtsearch
from tests.benchmarks.corpus import data_folder
from tests.benchmarks.embedded import raw
from tests.benchmarks.served import corpus
from tests.postgres.server import Server, in_use

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "1GB"}
RATE = 20  # statements a second, of the writer and of the reader
ALONE = 5.0  # seconds that they are measured without a backfill
COLUMNS = "ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata, created_at"
INSERT = (
    "INSERT INTO ai_thought_history (ai_id, session_id, cycle_number, thought_content, thought_type, tags) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
SELECT = "SELECT id, thought_content, created_at FROM ai_thought_history WHERE ai_id = ? ORDER BY created_at DESC LIMIT ?"
READER = 9_999  # an agent with a few hundred thoughts, so that what takes long is waiting
SEARCHED = 200
processes = multiprocessing.get_context("spawn")


class Database(Protocol):
    """One engine's part. `reached` asks how far a backfill is, `unindexed` for rows not in the index, and the reverse."""

    reached: str
    unindexed: str

    def make(self, rows: int) -> None: ...
    def copy(self) -> str: ...
    def execute(self, url: str, sql: str) -> list[Any]: ...
    def rows(self, url: str, last: int) -> Iterator[Sequence[Any]]: ...
    def check(self, url: str) -> str: ...


class Sqlite:
    """Shape A: with an FTS5 index of CloudBrain's own, which makes room for ours."""

    reached = "SELECT value FROM thoughtsearch_state WHERE key = 'backfill' AND value > -9e99"
    unindexed = (
        "SELECT (SELECT count(*) FROM ai_thought_history WHERE id NOT IN (SELECT id FROM ai_thought_history_fts_docsize)), "
        "(SELECT count(*) FROM ai_thought_history_fts_docsize WHERE id NOT IN (SELECT id FROM ai_thought_history))"
    )

    def __init__(self, folder: Path, made: Path | None) -> None:
        self._made = made or folder / "made.db"
        self._copy = folder / "live.db"

    def make(self, rows: int) -> None:
        if self._made.exists():
            return
        connection = sqlite3.connect(self._made)
        connection.executescript((data_folder() / "cloudbrain" / "sqlite_a.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA synchronous = OFF")
        marks = ", ".join(f":{name}" for name in COLUMNS.split(", "))
        with connection:
            connection.executemany(f"INSERT INTO ai_thought_history ({COLUMNS}) VALUES ({marks})", map(raw, corpus(rows)))
        connection.close()

    def copy(self) -> str:
        for path in self._copy.parent.glob(f"{self._copy.name}*"):
            path.unlink()
        shutil.copyfile(self._made, self._copy)
        return str(self._copy)

    def execute(self, url: str, sql: str) -> list[Any]:
        with contextlib.closing(sqlite3.connect(url, timeout=60)) as connection, connection:
            return connection.execute(sql).fetchall()

    def rows(self, url: str, last: int) -> Iterator[Sequence[Any]]:
        with contextlib.closing(sqlite3.connect(url, timeout=60)) as connection:
            yield from connection.execute(f"SELECT id, {COLUMNS} FROM ai_thought_history WHERE id <= ? ORDER BY id", [last])

    def check(self, url: str) -> str:
        self.execute(url, "INSERT INTO ai_thought_history_fts (ai_thought_history_fts, rank) VALUES ('integrity-check', 1)")
        return "FTS5 finds its index to be that of the rows"


class Postgres:
    """Shape A."""

    reached = "SELECT value FROM thoughtsearch_state WHERE key = 'backfill' AND value > '0'"
    unindexed = (
        "SELECT count(*) FILTER (WHERE s.id IS NULL), count(*) FILTER (WHERE h.id IS NULL) "
        "FROM ai_thought_history AS h FULL JOIN thoughtsearch_thought AS s USING (id)"
    )

    def __init__(self, server: Server) -> None:
        self._server = server

    def make(self, rows: int) -> None:
        url = self._server.create_database("made")
        with psycopg.connect(url) as connection:
            connection.execute((data_folder() / "cloudbrain" / "postgres_a.sql").read_text(encoding="utf-8").encode())
            connection.execute("INSERT INTO ai_profiles (id, name) SELECT n, 'a' || n FROM generate_series(1, 9999) AS n")
            with connection.cursor().copy(f"COPY ai_thought_history ({COLUMNS}) FROM STDIN".encode()) as copy:
                for record in corpus(rows):
                    ready = raw(record)
                    copy.write_row([_without_nul(ready[name]) for name in COLUMNS.split(", ")])
        self.execute(url, "VACUUM ANALYZE ai_thought_history")

    def copy(self) -> str:
        self._server.drop("live")
        return self._server.create_database("live", "made")

    def execute(self, url: str, sql: str) -> list[Any]:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def rows(self, url: str, last: int) -> Iterator[Sequence[Any]]:
        with psycopg.connect(url) as connection, connection.cursor("rows") as cursor:
            cursor.itersize = 10_000
            cursor.execute(f"SELECT id, {COLUMNS} FROM ai_thought_history WHERE id <= %s ORDER BY id".encode(), [last])
            yield from cursor

    def check(self, url: str) -> str:
        different = self.execute(
            url,
            "SELECT count(*) FROM ai_thought_history AS h CROSS JOIN LATERAL thoughtsearch_of(h) AS f "
            "JOIN thoughtsearch_thought AS s ON s.id = h.id WHERE h.id % 10 = 0 AND s IS DISTINCT FROM f",
        )[0][0]
        if different:
            raise SystemExit(f"{different} rows are indexed otherwise than they are")
        return "every tenth row is indexed as it is"


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


# --- the writer and the reader ---


class Seen(NamedTuple):
    """What one of them saw; waits in seconds."""

    statements: int
    longest: float
    at: float  # when that was: seconds from the beginning
    late: float  # 99 of 100 took no longer
    errors: tuple[str, ...]
    ids: tuple[int, ...]


def _connected(url: str) -> tuple[Callable[..., Any], type[Exception]]:
    """Another program's connection, as it opens one: a statement's rows, or the id of what was inserted."""
    if not url.startswith("postgresql"):
        connection = sqlite3.connect(url)  # waits 5 seconds for a lock

        def ask(sql: str, *values: Any) -> Any:
            with connection:
                cursor = connection.execute(sql, values)
                return cursor.lastrowid if sql == INSERT else cursor.fetchall()

        return ask, sqlite3.Error
    served = psycopg.connect(url, autocommit=True)

    def ask_server(sql: str, *values: Any) -> Any:
        rows = served.execute((sql + " RETURNING id" * (sql == INSERT)).replace("?", "%s").encode(), values).fetchall()
        return rows[0][0] if sql == INSERT else rows

    return ask_server, psycopg.Error


def work(url: str, writes: bool, name: str, ready: Any, stop: Any, results: Any) -> None:
    """Write or read, so many times a second, until told to stop."""
    ask, failure = _connected(url)
    waits: list[float] = []
    longest = (0.0, 0.0)
    errors: list[str] = []
    ids: list[int] = []
    ready.set()
    start = due = time.monotonic()
    while not stop.is_set():
        began = time.monotonic()
        try:
            if writes:
                ids.append(ask(INSERT, READER, 1, len(waits), f"a live thought {name}x{len(waits)}", "insight", "live,new"))
            else:
                ask(SELECT, READER, 10)
        except failure as error:
            errors.append(str(error))
        waits.append(time.monotonic() - began)
        longest = max(longest, (waits[-1], began - start))
        due = max(due + 1 / RATE, time.monotonic())
        time.sleep(max(0, due - time.monotonic()))
    waits.sort()
    late = waits[int(0.99 * (len(waits) - 1))]
    results.put((writes, Seen(len(waits), *longest, late, tuple(errors), tuple(ids))))


@contextlib.contextmanager
def others(url: str, name: str) -> Iterator[dict[bool, Seen]]:
    """A writer and a reader for as long as this lasts; then what each saw."""
    seen: dict[bool, Seen] = {}
    stop, results = processes.Event(), processes.Queue()
    crew = []
    for writes in (True, False):
        ready = processes.Event()
        crew.append(processes.Process(target=work, args=(url, writes, name, ready, stop, results)))
        crew[-1].start()
        ready.wait()
    try:
        yield seen
    finally:
        stop.set()
        seen |= dict(results.get(timeout=60) for _ in crew)
        for one in crew:
            one.join()


def tell(seen: dict[bool, Seen], when: str) -> None:
    """Print what they saw."""
    for writes, one in sorted(seen.items()):
        print(
            f"{when}: {'writer' if writes else 'reader'}: {one.statements:,} statements, "
            f"longest {1e3 * one.longest:,.0f} ms (at {one.at:.0f} s), 99 % within {1e3 * one.late:,.0f} ms, "
            f"{len(one.errors)} errors {sorted(set(one.errors))[:2]}",
            flush=True,
        )


# --- the backfill ---


def backfill(url: str) -> subprocess.Popen[str]:
    """Start it."""
    command = [sys.executable, "-m", "thoughtsearch", "backfill", "-d", url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed(database: Database, url: str, last: int, kills: int) -> int:
    """Start it and kill it again and again: when it has come to a random id, two of them at any moment before; how many."""
    chance = random.Random(5)
    places = [0.0] * min(2, kills) + sorted(chance.uniform(0, last) for _ in range(kills - 2))
    done = 0
    for place in places:
        process = backfill(url)
        while process.poll() is None and place and _reached(database, url) < place:
            time.sleep(0.02)
        time.sleep(chance.uniform(0.2, 1.5) if not place else chance.uniform(0, 0.2))
        done += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return done


def _reached(database: Database, url: str) -> float:
    try:
        return max((float(row[0]) for row in database.execute(url, database.reached)), default=0.0)
    except (sqlite3.Error, psycopg.Error):
        return 0.0  # not yet adopted


def digest(rows: Iterator[Sequence[Any]]) -> str:
    """Of all the columns of all the rows."""
    whole = hashlib.blake2b(digest_size=16)
    for row in rows:
        whole.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def found(url: str, last: int, written: dict[str, tuple[int, ...]]) -> tuple[int, int, int]:
    """How many of so many thoughts, sampled, are found by words of theirs; and how many of the writers'."""
    chance = random.Random(9)
    hit = asked = live = 0
    with thoughtsearch.open(url, read_only=True) as store:
        for _ in range(SEARCHED):
            thought = store.get(chance.randint(1, last))
            assert thought is not None
            words = sorted(
                set(re.findall(r"(?<!\w)[a-zA-Z]{4,20}(?!\w)", thought.thought_content)),
                key=lambda word: (-len(word), word),
            )
            if len(words) < 6:
                continue
            query = " ".join(f"+{word}" for word in words[:6])
            asked += 1
            hit += thought.id in {one.id for one in store.search(query, limit=10_000, ai=thought.ai_id)}
        for name, ids in written.items():
            # A page holds 10,000 hits at most.
            live += min(store.search(f"{name}x*", limit=1, total=True).total or 0, len(ids))
    return hit, asked, live


def run(database: Database, kills: int) -> bool:
    """One backfill beside a writer and a reader; whether all was well."""
    url = database.copy()
    database.execute(
        url,
        f"INSERT INTO ai_profiles (id, name) SELECT {READER}, 'reader' WHERE NOT EXISTS "
        f"(SELECT 1 FROM ai_profiles WHERE id = {READER})",
    )
    last = int(database.execute(url, "SELECT max(id) FROM ai_thought_history")[0][0])
    before = digest(database.rows(url, last))
    with others(url, "alone") as alone:
        time.sleep(ALONE)
    tell(alone, "without a backfill")
    with others(url, "during") as during:
        began = time.monotonic()
        times = killed(database, url, last, kills) if kills else 0
        process = backfill(url)
        said, error = process.communicate()
        seconds = time.monotonic() - began
    tell(during, f"during the backfill{f' that was killed {times} times' if kills else ''}")
    print(f"{seconds:.1f} s, {last / seconds:,.0f} rows/s; exit code {process.returncode}: {(said or error).strip()}")
    unindexed, orphans = database.execute(url, database.unindexed)[0]
    written = {"alone": alone[True].ids, "during": during[True].ids}
    there = int(database.execute(url, f"SELECT count(*) FROM ai_thought_history WHERE id > {last}")[0][0])
    told = sum(map(len, written.values()))
    same = digest(database.rows(url, last)) == before
    hit, asked, live = found(url, last, written)
    print(
        f"rows as they were: {same}; rows not in the index: {unindexed}, of the index without a row: {orphans}; "
        f"{told} written meanwhile, {told - there} lost, {live} found; sampled and found: {hit} of {asked}"
    )
    began = time.monotonic()
    print(f"{database.check(url)} ({time.monotonic() - began:.0f} s)", flush=True)
    errors = alone[True].errors + alone[False].errors + during[True].errors + during[False].errors
    return same and not (unindexed or orphans or errors or process.returncode) and told == there == live and hit == asked


def main() -> None:
    """Make the table, then one run, and with kills another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=("postgresql", "sqlite"), required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=0, help="a second run, killed so many times")
    parser.add_argument("--server", default=in_use()[0], help="PostgreSQL's major version")
    parser.add_argument("--made", type=Path, help="a SQLite file where the table is, or is to be kept")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        database: Database
        if given.engine == "sqlite":
            room = "/dev/shm" if Path("/dev/shm").is_dir() else None
            database = Sqlite(Path(stack.enter_context(tempfile.TemporaryDirectory(dir=room))), given.made)
        else:
            server = Server(given.server, settings=SETTINGS)
            stack.callback(server.remove)
            server.start()
            database = Postgres(server)
        began = time.monotonic()
        database.make(given.rows)
        print(f"{given.engine}: the table was made in {time.monotonic() - began:.0f} s", flush=True)
        passed = run(database, 0)
        if given.kills:
            passed = run(database, given.kills) and passed
    print("all is well" if passed else "FAILED")
    raise SystemExit(not passed)


if __name__ == "__main__":
    main()
