"""A store that was closed leaves nothing of itself in memory."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref

import thoughtsearch
from tests.world import World


def test_a_closed_store_is_collected(world: World) -> None:
    world.say("the wal", "another wal")

    def used() -> list[weakref.ref[object]]:
        with thoughtsearch.open(world.url) as store:
            store.search("wal tag:a meta.step>=1", total=True, explain=True, facets=["tags"])
            store.add_many([{"thought_content": "one more"}])
            return [weakref.ref(one) for one in (store, store.dialect, store.connection)]

    kept = used()
    gc.collect()
    assert [one() for one in kept] == [None] * 3


def test_a_closed_async_store_is_collected(world: World) -> None:
    async def used() -> list[weakref.ref[object]]:
        async with thoughtsearch.aopen(world.url) as store:
            await store.search("wal tag:a meta.step>=1", total=True)
            await store.add("one more")
            return [weakref.ref(one) for one in (store, store.dialect, store.connection)]

    kept = asyncio.run(used())
    gc.collect()
    assert [one() for one in kept] == [None] * 3


def test_closed_stores_leave_no_threads(world: World) -> None:
    world.store.search("wal")
    before = set(threading.enumerate())
    for _ in range(5):
        with thoughtsearch.open(world.url) as store:
            store.search("wal")
            store.add_many({"thought_content": "x"} for _ in range(1_500))
    gc.collect()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), thread.name
