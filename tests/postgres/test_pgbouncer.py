"""Behind PgBouncer, which hands out server connections by transaction: nothing may lean on the session."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import Server, launch
from tests.postgres.tools import THOUGHTS, execute
from thoughtsearch import DatabaseUnavailable

CONFIGURATION = """
[databases]
* = host={folder} port={port} user=postgres

[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
query_wait_timeout = 20
server_fast_close = 1
"""


class Bouncer:
    """PgBouncer before a server, with so few connections to each database that clients must share them."""

    def __init__(self, server: Server, size: int = 3) -> None:
        program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if program is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
                "PgBouncer isn't here; Debian's package pgbouncer has it."
            )
        assert program is not None
        self.program, self.folder = Path(program), server.folder
        self.configuration = server.folder / "pgbouncer.ini"
        self.configuration.write_text(CONFIGURATION.format(folder=server.folder, port=server.port, size=size))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = launch(
            [self.program, "-q", self.configuration],
            self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while not (self.folder / ".s.PGSQL.6432").exists():
            assert self.process.poll() is None, "PgBouncer did not start."
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def bouncer(newest: Server) -> Iterator[Bouncer]:
    made = Bouncer(newest)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def behind(place: str, bouncer: Bouncer, newest: Server) -> str:
    """The URL of an empty database through PgBouncer."""
    return place.replace(f"port={newest.port}", "port=6432")


def test_everything_works_behind_pgbouncer(behind: str) -> None:
    with thoughtsearch.open(behind) as store:
        assert store.add_many(THOUGHTS) == 3
        store.add_many({"thought_content": f"filler {n}"} for n in range(1_500))
        store.name_agents({3: "Ada"})
        assert [hit.agent for hit in store.search("lock", total=True, facets=["ai", "tags", "time"], explain=True)] == [
            "Ada",
            "Ada",
        ]
        page = store.search("filler", limit=1_000)
        assert len(store.search("filler", limit=1_000, cursor=page.next_cursor)) == 500
        assert sum(1 for _ in store.export()) == store.stats()["thoughts"] == 1_503
        with ThreadPoolExecutor(16) as threads:
            assert set(threads.map(lambda n: len(store.search("lock")), range(100))) == {2}
    with thoughtsearch.open(behind, read_only=True) as store:
        assert len(store.search("lock")) == 2


def test_many_searchers_and_writers_behind_pgbouncer(behind: str) -> None:
    async def all_at_once() -> None:
        async with thoughtsearch.aopen(behind) as store, thoughtsearch.aopen(behind) as other:

            async def write(number: int) -> None:
                for _ in range(5):
                    await store.add(f"wal of {number}", ai_id=number)
                    await other.add_many([{"thought_content": "wal in bulk", "ai_id": number}] * 10)

            async def search() -> None:
                for _ in range(10):
                    await other.search("wal", tags=[], where={"a": 1})
                    await store.search("wal")

            await asyncio.gather(*(write(n) for n in range(8)), *(search() for _ in range(16)))
            assert (await store.search("wal", total=True)).total == 8 * 55

    asyncio.run(all_at_once())


def test_no_state_is_left_in_the_sessions_that_others_get(place: str, behind: str) -> None:
    with thoughtsearch.open(behind, timeout=7) as store:
        store.add_many(THOUGHTS * 400)
        for _ in range(20):
            store.search("wal lock database", facets=["tags"])
        with pytest.raises(thoughtsearch.InputError):
            store.search("wal", cursor="x")
    with psycopg.connect(behind, autocommit=True, prepare_threshold=None) as client:
        changed = client.execute(
            "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name <> ALL(%s)",
            [["client_encoding", "application_name"]],
        ).fetchall()
        assert changed == []
        assert client.execute("SELECT count(*) FROM pg_prepared_statements").fetchall() == [(0,)]
    assert execute(place, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
    assert execute(
        place,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state <> 'idle'",
    ) == [(0,)]


def test_two_open_one_empty_database_at_once_behind_pgbouncer(behind: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(thoughtsearch.open, [behind] * 4))
    for store in stores:
        with store:
            store.add("wal")
    with thoughtsearch.open(behind) as store:
        assert store.search("wal", total=True).total == 4


def test_a_pgbouncer_that_restarts_is_gone_for_a_moment_only(behind: str, bouncer: Bouncer) -> None:
    with thoughtsearch.open(behind, timeout=2) as store:
        store.add("wal")
        bouncer.stop()
        try:
            with pytest.raises(DatabaseUnavailable):
                store.search("wal")
        finally:
            bouncer.start()
        assert len(store.search("wal")) == 1
