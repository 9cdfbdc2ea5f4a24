"""Several hosts in a URL: reading from a hot standby, and finding the primary."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

import pytest

import thoughtsearch
from tests.postgres.server import Server, for_test, in_use
from tests.postgres.tools import THOUGHTS, eventually, execute
from thoughtsearch import DatabaseUnavailable, ReadOnlyError, SchemaError

DATABASE = "thoughts"


@pytest.fixture(scope="module")
def pair(newest: Server) -> Iterator[tuple[Server, Server]]:
    """A primary, and a standby that streams from it."""
    name = for_test(in_use()[0]).name
    primary, standby = Server(name, settings={"max_wal_senders": "4"}, tcp=True), Server(name, tcp=True)
    try:
        primary.start()
        primary.create_database(DATABASE)
        primary.create_database("empty")
        with thoughtsearch.open(primary.url(DATABASE)) as store:
            store.add_many(THOUGHTS)
        standby.run(
            "pg_basebackup", "-D", standby.data, "-h", primary.folder, "-p", str(primary.port), "-U", "postgres",
            "--checkpoint=fast", "--write-recovery-conf", "--wal-method=stream", "--no-sync",
        )  # fmt: skip
        standby.start()
        assert standby.execute("SELECT pg_is_in_recovery()") == [(True,)]
        yield primary, standby
    finally:
        standby.remove()
        primary.remove()


def several(*servers: Server, wanted: str = "any", database: str = DATABASE) -> str:
    """A URL with the hosts of all these."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"postgresql://postgres@{hosts}/{quote(database)}?target_session_attrs={wanted}"


@pytest.mark.parametrize("read_only", [False, True])
def test_a_standby_is_read_and_not_written(pair: tuple[Server, Server], read_only: bool) -> None:
    primary, standby = pair
    with thoughtsearch.open(standby.url(DATABASE), read_only=read_only) as store:
        assert len(store.search("lock", total=True, facets=["ai", "tags"], explain=True)) == 2
        assert store.stats()["thoughts"] == sum(1 for _ in store.export())
        for write in (
            lambda: store.add("more"),
            lambda: store.add_many([{"thought_content": "more"}]),
            lambda: store.name_agents({1: "Ada"}),
        ):
            with pytest.raises(ReadOnlyError, match="nothing was written") as caught:
                write()
            assert "\n" not in str(caught.value)
        with thoughtsearch.open(primary.url(DATABASE)) as writer:
            ident = writer.add("replicated")
        eventually(lambda: store.get(ident))
        assert [hit.id for hit in store.search("replicated")] == [ident]
        execute(primary.url(DATABASE), f"DELETE FROM ai_thought_history WHERE id = {ident}")

    async def read() -> None:
        async with thoughtsearch.aopen(standby.url(DATABASE), read_only=read_only) as store:
            assert len(await store.search("lock")) == 2
            with pytest.raises(ReadOnlyError):
                await store.add("more")

    asyncio.run(read())


def test_hosts_are_tried_until_one_is_as_wanted(pair: tuple[Server, Server]) -> None:
    primary, standby = pair
    for hosts in (pair, (standby, primary)):
        with thoughtsearch.open(several(*hosts, wanted="read-write")) as store:
            ident = store.add("written")
            assert store.get(ident) is not None
            execute(primary.url(DATABASE), f"DELETE FROM ai_thought_history WHERE id = {ident}")
        with thoughtsearch.open(several(*hosts, wanted="prefer-standby")) as store:
            assert len(store.search("lock")) == 2
            with pytest.raises(ReadOnlyError):
                store.add("more")
    with thoughtsearch.open(several(primary, wanted="prefer-standby")) as store:
        assert len(store.search("lock")) == 2
    with pytest.raises(DatabaseUnavailable, match=r"thoughts at 127\.0\.0\.1:\d+ can't be reached: .*read-only") as caught:
        thoughtsearch.open(several(standby, wanted="read-write"), timeout=2)
    assert "\n" not in str(caught.value)


def test_a_store_moves_to_the_other_host_when_one_stops(pair: tuple[Server, Server]) -> None:
    primary, standby = pair
    with thoughtsearch.open(several(standby, primary, wanted="prefer-standby"), timeout=5) as store:
        assert len(store.search("lock")) == 2
        standby.stop()
        try:
            assert len(store.search("lock")) == 2
        finally:
            standby.start()


def test_a_database_that_is_not_ready_can_not_be_made_so_on_a_standby(pair: tuple[Server, Server]) -> None:
    _, standby = pair
    for read_only in (False, True):
        with pytest.raises(SchemaError, match="thoughtsearch init on it once, on the primary") as caught:
            thoughtsearch.open(standby.url("empty"), read_only=read_only)
        assert "\n" not in str(caught.value)
