"""The pool: bounded, shared by threads and tasks, left alone by forks, closed once, and never left in a transaction."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import Server
from tests.postgres.tools import eventually, execute, sessions
from thoughtsearch import DatabaseUnavailable, Store
from thoughtsearch.engines.connect import connect
from thoughtsearch.engines.contract.statement import Plan, Statement
from thoughtsearch.engines.postgres.connection import MOST_CONNECTIONS
from thoughtsearch.location import locate
from thoughtsearch.records import draft

ROOT = Path(__file__).parents[2]
BUSY = "state <> 'idle'"


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with thoughtsearch.open(place) as opened:
        opened.add("wal")
        yield opened


def sleeping(seconds: float) -> Plan[object]:
    """A plan that takes so long on the server."""
    return (yield Statement(f"SELECT pg_sleep({seconds})"))[0][0]


def test_threads_share_a_bounded_pool(store: Store, newest: Server) -> None:
    most = 0

    def watch() -> None:
        nonlocal most
        while not done.wait(0.01):
            most = max(most, int(execute(newest.url(), watched)[0][0]))

    watched = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'thoughtsearch'"
    done = threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(3 * MOST_CONNECTIONS) as threads:
            for result in [threads.submit(store.connection.run, sleeping(0.05)) for _ in range(60)]:
                result.result()
            found = list(threads.map(lambda n: len(store.search("wal")), range(100)))
    finally:
        done.set()
        watcher.join()
    assert set(found) == {1}
    assert 2 <= most <= MOST_CONNECTIONS
    assert sessions(newest, BUSY) == 0


def test_where_all_connections_are_in_use_for_too_long_that_is_said(place: str) -> None:
    with thoughtsearch.open(place, timeout=0.1) as store, ThreadPoolExecutor(MOST_CONNECTIONS) as threads:
        held = [threads.submit(store.connection.run, sleeping(5)) for _ in range(MOST_CONNECTIONS)]
        eventually(lambda: execute(place, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")[0][0] == 8)
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match="in use for too long"):
            store.search("wal")
        assert time.monotonic() - began < 4
        execute(place, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        for one in held:
            with pytest.raises(DatabaseUnavailable, match="was lost"):
                one.result()
        assert len(store.search("wal")) == 0


def test_close_closes_once_and_for_all(place: str, newest: Server) -> None:
    for opened in (thoughtsearch.open(place), thoughtsearch.open(place, read_only=True)):
        opened.close()
        opened.close()
        calls: tuple[Callable[[], object], ...] = (
            lambda opened=opened: opened.search("x"),  # type: ignore[misc]
            lambda opened=opened: opened.get(1),  # type: ignore[misc]
            lambda opened=opened: list(opened.export()),  # type: ignore[misc]
            opened.stats,
        )
        for call in calls:
            with pytest.raises(DatabaseUnavailable, match="This store is closed"):
                call()
    with pytest.raises(DatabaseUnavailable, match="This store is closed"):
        opened.add("x")
    eventually(lambda: sessions(newest) == 0)

    async def closed() -> None:
        store = await thoughtsearch.aopen(place)
        await store.close()
        await store.close()
        for call in (store.search("x"), store.add("x"), store.stats()):
            with pytest.raises(DatabaseUnavailable, match="This store is closed"):
                await call

    asyncio.run(closed())
    eventually(lambda: sessions(newest) == 0)


FORK = """
import os, sys, warnings
import thoughtsearch
warnings.simplefilter("ignore", DeprecationWarning)  # of forking where threads run, which is what is tested
with thoughtsearch.open(sys.argv[1]) as store:
    store.add("wal of the parent")
    for round in range(3):
        child = os.fork()
        if not child:
            assert len(store.search("wal")) == 1 + round
            store.add("wal of a child")
            store.close()
            try:
                store.search("wal")
            except thoughtsearch.DatabaseUnavailable:
                sys.exit(7)
            sys.exit(8)
        assert len(store.search("parent")) == 1
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert len(store.search("wal")) == 4
print("done")
"""


def test_a_forked_child_opens_its_own_and_leaves_the_parents_alone(place: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FORK, place], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.stdout, run.stderr, run.returncode) == ("done\n", "", 0)


FORGOTTEN = """
import asyncio, sys, thoughtsearch
store = thoughtsearch.open(sys.argv[1])
store.search("wal")
async def main():
    store = await thoughtsearch.aopen(sys.argv[1])
    await store.search("wal")
asyncio.run(main())
print("done")
"""


def test_a_store_that_nobody_closed_neither_hangs_nor_complains(place: str, newest: Server) -> None:
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", FORGOTTEN, place], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.stdout, run.stderr, run.returncode) == ("done\n", "", 0)
    assert time.monotonic() - began < 10
    eventually(lambda: sessions(newest) == 0)


def test_a_cancelled_search_gives_its_connection_back(place: str, newest: Server) -> None:
    async def impatient() -> None:
        async with thoughtsearch.aopen(place) as store:
            await store.add("wal")
            for seconds in (0.0, 0.001, 0.003, 0.01, 0.03, 0.1):
                tasks = [asyncio.wait_for(store.connection.run(sleeping(2)), seconds) for _ in range(2 * MOST_CONNECTIONS)]
                results = await asyncio.gather(*tasks, return_exceptions=True)
                # Python 3.10 forgets a cancellation that comes with a connection.
                assert {type(result) for result in results} - ({str} if sys.version_info < (3, 11) else set()) == {
                    asyncio.TimeoutError
                }
            # Cancelled twice, as a second Ctrl-C would.
            task = asyncio.create_task(store.connection.run(sleeping(5)))
            await asyncio.sleep(0.1)
            for _ in range(2):
                task.cancel()
                await asyncio.sleep(0)
            assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
            writes = [asyncio.wait_for(store.add_many([{"thought_content": "x"}] * 500), 0.02) for _ in range(4)]
            await asyncio.gather(*writes, return_exceptions=True)
            assert (await store.stats())["thoughts"] % 500 == 1
            # As many at once as there are connections: none is missing.
            await asyncio.gather(*(store.connection.run(sleeping(0.2)) for _ in range(MOST_CONNECTIONS)))
            assert len(await store.search("wal")) == 1
            assert sessions(newest, BUSY) == 0
            assert sessions(newest) <= MOST_CONNECTIONS

    asyncio.run(impatient())
    eventually(lambda: sessions(newest) == 0)


@pytest.mark.parametrize("pooled", [True, False])
def test_ctrl_c_ends_the_statement_and_the_store_goes_on(place: str, newest: Server, pooled: bool) -> None:
    store = Store(*connect(locate(place), read_only=False, timeout=30, shared=pooled))

    def interrupt() -> None:
        eventually(lambda: execute(place, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
        os.kill(os.getpid(), signal.SIGINT)

    with store:
        store.add("wal")
        for _ in range(2):
            interrupter = threading.Thread(target=interrupt)
            interrupter.start()
            began = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                store.connection.run(sleeping(30))
            assert time.monotonic() - began < 10
            interrupter.join()
            assert sessions(newest, BUSY) == 0
            assert len(store.search("wal")) == 1


def test_an_error_inside_a_plan_rolls_back_and_leaves_no_transaction(store: Store, newest: Server) -> None:
    def failing() -> Plan[None]:
        yield from store.dialect.insert_returning(draft({"thought_content": "never"}))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.connection.run(failing(), write=True)
    assert store.search("never").hits == ()
    assert sessions(newest, BUSY) == 0


def test_searchers_and_writers_at_once_lose_nothing(place: str, newest: Server) -> None:
    end = time.monotonic() + 3
    written: list[int] = []

    async def write(store: thoughtsearch.AsyncStore, number: int) -> None:
        while time.monotonic() < end:
            if random.random() < 0.2:
                count = await store.add_many([{"thought_content": f"wal by {number}", "ai_id": number}] * 20)
                written.extend([number] * count)
            else:
                await store.add(f"wal by {number}", ai_id=number)
                written.append(number)

    async def search(store: thoughtsearch.AsyncStore) -> int:
        count = 0
        while time.monotonic() < end:
            acknowledged = len(written)
            assert ((await store.search("wal", total=True)).total or 0) >= acknowledged
            count += 1
        return count

    async def all_at_once() -> None:
        async with thoughtsearch.aopen(place) as store:
            await asyncio.gather(*(write(store, n) for n in range(8)), *(search(store) for _ in range(16)))
            assert (await store.stats())["thoughts"] == len(written)
            facets = (await store.search("wal", facets=["ai"])).facets["ai"]
            assert {value.value: value.count for value in facets} == {n: written.count(n) for n in range(8)}
            assert sessions(newest) <= MOST_CONNECTIONS

    asyncio.run(all_at_once())


def _write(url: str, number: int) -> None:
    with thoughtsearch.open(url) as store:
        for n in range(50):
            store.add(f"wal {n}", ai_id=number)


def test_processes_open_an_empty_database_at_once(place: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write, args=(place, number)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 3
    with thoughtsearch.open(place) as store:
        assert store.search("wal", total=True).total == 150


def test_what_a_role_or_a_database_has_set_changes_nothing(place: str) -> None:
    """Settings that would change what texts and times look like, or what a string is."""
    with psycopg.connect(place) as connection:
        name = connection.info.dbname
    for setting in (
        "client_encoding = 'LATIN1'",
        "DateStyle = 'SQL, DMY'",
        "TimeZone = 'Asia/Kathmandu'",
        "IntervalStyle = 'sql_standard'",
        "standard_conforming_strings = off",
        "default_transaction_isolation = 'serializable'",
        "default_text_search_config = 'pg_catalog.german'",
        "quote_all_identifiers = on",
        "extra_float_digits = 0",
        "bytea_output = 'escape'",
    ):
        execute(place, f'ALTER DATABASE "{name}" SET {setting}')
    with thoughtsearch.open(place) as store:
        ident = store.add("検索 naïve \\ 'quoted' — locks", created_at="2026-02-01 12:00:00.5+00:00", tags=["é"])
        store.add_many([{"thought_content": "locked", "created_at": "2026-02-01T11:59:00+00:00"}])
        thought = store.get(ident)
        assert thought is not None
        assert thought.created_at is not None
        assert thought.created_at.isoformat() == "2026-02-01T12:00:00.500000+00:00"
        assert (thought.thought_content, thought.tags) == ("検索 naïve \\ 'quoted' — locks", ("é",))
        assert [hit.id for hit in store.search(tags=["é"])] == [ident]
        assert len(store.search("lock")) == 2
        assert len(store.search("lock", since="2026-02-01T12:00:00+00:00", until="2026-02-02")) == 1
