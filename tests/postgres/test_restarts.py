"""A server that stops, crashes, is full or isn't there: said in a sentence, and used again as soon as it is back."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import Server
from tests.postgres.tools import THOUGHTS, eventually, execute, sessions
from thoughtsearch import DatabaseUnavailable, InputError, Store, ThoughtsearchError
from thoughtsearch.engines.connect import connect
from thoughtsearch.engines.postgres.connection import MOST_CONNECTIONS
from thoughtsearch.location import locate

ROOT = Path(__file__).parents[2]
PASSWORD = "s3cret"


@pytest.fixture(scope="module")
def own(newest: Server) -> Iterator[Server]:
    """A server that these tests stop, with a role that needs its password over TCP."""
    made = Server(newest.name, tcp=True, settings={"max_connections": "14", "superuser_reserved_connections": "3"})
    try:
        made.start()
        made.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'")
        access = made.data / "pg_hba.conf"
        access.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{access.read_text()}")
        made.execute("SELECT pg_reload_conf()")
        yield made
    finally:
        made.remove()


@pytest.fixture
def url(own: Server) -> Iterator[str]:
    made = own.create_database("thoughts")
    with thoughtsearch.open(made) as store:
        store.add_many(THOUGHTS)
    yield made
    own.drop("thoughts")


def opened(url: str, shared: bool, timeout: float = 5) -> Store:
    return Store(*connect(locate(url), read_only=False, timeout=timeout, shared=shared))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("shared", [True, False])
def test_an_open_store_survives_a_restart(own: Server, url: str, how: int, shared: bool) -> None:
    with opened(url, shared) as store:
        assert len(store.search("lock")) == 2
        own.restart(how)
        assert len(store.search("lock")) == 2
        store.add("the lock after it")
        assert len(store.search("lock")) == 3


@pytest.mark.parametrize("shared", [True, False])
def test_while_the_server_is_down_that_is_said_soon(own: Server, url: str, shared: bool) -> None:
    with opened(url, shared, timeout=2) as store:
        assert len(store.search("lock")) == 2
        own.stop()
        try:
            for call in (lambda: store.search("lock"), lambda: store.add("x"), lambda: opened(url, shared, timeout=2)):
                began = time.monotonic()
                with pytest.raises(DatabaseUnavailable, match=r"can't be reached: .*Check the URL") as caught:
                    call()
                assert "\n" not in str(caught.value)
                assert time.monotonic() - began < 2
        finally:
            own.start()
        assert len(store.search("lock")) == 2


def test_searches_in_flight_fail_in_a_sentence_or_are_right(own: Server, url: str) -> None:
    said: set[str] = set()

    async def search(store: thoughtsearch.AsyncStore, done: asyncio.Event) -> int:
        count = 0
        while not done.is_set():
            try:
                assert len(await store.search("lock")) == 2
                count += 1
            except DatabaseUnavailable as error:  # noqa: PERF203
                said.add(re.sub(r"\(.*\)|reached: .*", "", str(error)))
                await asyncio.sleep(0.05)
        return count

    async def all_at_once() -> None:
        async with thoughtsearch.aopen(url, timeout=2) as store:
            for how in (signal.SIGINT, signal.SIGKILL):
                done = asyncio.Event()
                tasks = [asyncio.create_task(search(store, done)) for _ in range(12)]
                await asyncio.sleep(0.2)
                own.stop(how)
                await asyncio.sleep(0.3)
                own.start()
                await asyncio.sleep(0.3)
                done.set()
                assert all(await asyncio.gather(*tasks))
                assert len(await store.search("lock")) == 2
                assert sessions(own, "state <> 'idle'") == 0
                assert sessions(own) <= MOST_CONNECTIONS

    asyncio.run(all_at_once())
    assert said
    for sentence in said:
        assert sentence.startswith(("The connection to thoughts at", "thoughts at")), sentence


def test_a_write_that_was_not_acknowledged_is_stored_whole_or_not_at_all(own: Server, url: str) -> None:
    with opened(url, shared=True) as store:
        stored = 0

        def batches() -> Iterator[dict[str, object]]:
            nonlocal stored
            for n in range(100_000):
                if n == 2_500:
                    own.restart(signal.SIGKILL)
                if n == 6_000:
                    execute(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
                if n == 8_000:
                    raise ZeroDivisionError
                yield {"thought_content": f"bulk {n}"}

        ours = "application_name = 'thoughtsearch'"
        with pytest.raises(ZeroDivisionError):
            store.add_many(batches())
        assert store.search("bulk", total=True).total == 8_000


def test_nothing_is_printed_and_nothing_hangs_while_the_server_is_down(own: Server, url: str) -> None:
    program = (
        "import asyncio, sys, thoughtsearch\n"
        "async def main():\n"
        "    async with thoughtsearch.aopen(sys.argv[1], timeout=2) as other:\n"
        "        with thoughtsearch.open(sys.argv[1], timeout=2) as store:\n"
        "            store.search('lock')\n"
        "            print('ready', flush=True)\n"
        "            sys.stdin.readline()\n"
        "            for call in (lambda: store.search('lock'), lambda: store.add('x')):\n"
        "                try:\n"
        "                    call()\n"
        "                except thoughtsearch.DatabaseUnavailable:\n"
        "                    print('down', flush=True)\n"
        "            try:\n"
        "                await other.search('lock')\n"
        "            except thoughtsearch.DatabaseUnavailable:\n"
        "                print('down', flush=True)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, url]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        own.stop()
        try:
            began = time.monotonic()
            assert run.communicate("\n", timeout=30) == ("down\n" * 3, "")
            assert time.monotonic() - began < 6
        finally:
            own.start()
    assert run.returncode == 0


def test_a_full_server_is_said_to_be_full(own: Server, url: str) -> None:
    # Superusers may use what is reserved: who opens here is none.
    own.execute("DROP ROLE IF EXISTS visitor")
    own.execute("CREATE ROLE visitor LOGIN")
    execute(url, "GRANT SELECT ON ai_thought_history TO visitor")
    visitor = url.replace("//postgres@", "//visitor@")
    with thoughtsearch.open(visitor, timeout=2) as store, contextlib.ExitStack() as others:
        store.search("lock")
        with contextlib.suppress(psycopg.OperationalError):
            for _ in range(20):
                others.enter_context(psycopg.connect(visitor))
        with pytest.raises(DatabaseUnavailable, match=r"thoughts at .* has too many connections") as caught:
            thoughtsearch.open(visitor, timeout=2)
        assert "\n" not in str(caught.value)
        assert len(store.search("lock")) == 2

        async def another() -> None:
            await thoughtsearch.aopen(visitor, timeout=2)

        with pytest.raises(DatabaseUnavailable, match="too many connections"):
            asyncio.run(another())
    execute(url, "DROP OWNED BY visitor", "DROP ROLE visitor")
    eventually(lambda: sessions(own) == 0)


def refused(url: str, kind: type[ThoughtsearchError], words: str) -> None:
    """Opening says so in a sentence, at once, and without the password."""

    async def another() -> None:
        await thoughtsearch.aopen(url, timeout=2)

    for read_only in (False, True):
        began = time.monotonic()
        with pytest.raises(kind, match=words) as caught:
            thoughtsearch.open(url, read_only=read_only, timeout=2)
        assert time.monotonic() - began < 4
        said = str(caught.value)
        assert "\n" not in said
        assert not re.search(r"s3|cret", said), said
    with pytest.raises(kind, match=words):
        asyncio.run(another())


def test_what_can_not_be_reached_is_said_in_a_sentence(own: Server, url: str) -> None:
    there = f"127.0.0.1:{own.port}"
    refused(
        f"postgresql://guarded:s3cret%21@{there}/thoughts",
        DatabaseUnavailable,
        "refused the login: password auth.*PGPASSWORD",
    )
    refused(f"postgresql://guarded@{there}/thoughts", DatabaseUnavailable, "refused the login: .*no password supplied")
    refused(f"postgresql://guarded:{PASSWORD}@{there}/none", DatabaseUnavailable, '"none" does not exist.*createdb')
    refused(f"postgresql://nobody:{PASSWORD}@{there}/thoughts", DatabaseUnavailable, 'role "nobody" does not exist')
    refused(
        f"postgresql://a:{PASSWORD}@127.0.0.1:1/x", DatabaseUnavailable, r"x at 127\.0\.0\.1:1 can't be reached: .*efused"
    )
    refused(f"postgresql://a:{PASSWORD}@host.invalid/x", DatabaseUnavailable, r"x at host\.invalid can't be reached")
    refused(
        f"postgresql://a:{PASSWORD}@/x?host=/nowhere",
        DatabaseUnavailable,
        r"x at /nowhere can't be reached: No such file.*Check the URL",
    )
    refused(f"postgresql://a:{PASSWORD}@127.0.0.1:99999/x", DatabaseUnavailable, "invalid port number")
    refused(f"postgresql://a:{PASSWORD}@{there},127.0.0.1:1/none", DatabaseUnavailable, "none at 127.* can't be reached")
    refused(f"postgresql://a:{PASSWORD}@{there}/x?sslmode=nonsense", DatabaseUnavailable, "invalid sslmode")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://a:s3%zzcret@host/x",
        "postgresql://a:s3/cret@host/x",
        "postgresql://a:s3@cret@host/x",
        "postgresql://a:s3/cr@et:1@host/x",
        "postgresql://a:s3 cret@host/x",
        "postgresql://a:s3/b?cret=d@host/x",
        "postgresql://a:s3cret@host:port/x",
        "postgresql://a:s3cret@host/x?passwort=s3cret",
        "postgresql://a:s3cret@host/x?s3cret",
        "postgresql://a:s3cret@[::1/x",
        "postgresql://a:12/cret@host/x",
        "postgres:a:s3cret@host/x",
    ],
)
def test_a_url_that_reads_otherwise_is_refused_without_its_password(url: str) -> None:
    refused(url, InputError, "A database URL reads|has no parameter|reads name=value|no URL of a database")


def test_a_server_that_never_answers_is_waited_for_no_longer_than_allowed(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://a:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/x"
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match="timeout"):
            thoughtsearch.open(url, timeout=1)
        assert time.monotonic() - began < 4
