"""Store, AsyncStore and the module's functions are one thing with three faces."""

from __future__ import annotations

import asyncio
import inspect
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import thoughtsearch
from tests.world import World, record
from thoughtsearch import AsyncStore, InputError, Store, Thought

QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("wal", {}),
    ("wal tag:a", {"total": True, "facets": ["ai", "tags"], "explain": True}),
    ("", {"limit": 1}),
    ("cycle:x (", {"where": {"step": {"$gte": 1}}}),
)
RECORDS = [
    {"thought_content": "the wal", "tags": ["a"], "ai_id": 1, "session_id": 1, "metadata": {"step": 1}},
    {"thought_content": "another wal", "ai_id": 2, "session_id": 1, "created_at": "2026-01-01"},
    {"thought_content": "no log", "tags": "a,b", "ai_id": 1, "session_id": 1},
]


def public(face: type) -> dict[str, Any]:
    return {name: value for name, value in vars(face).items() if not name.startswith("_")}


def test_store_and_async_store_have_the_same_methods_with_the_same_parameters() -> None:
    sync, awaited = public(Store), public(AsyncStore)
    assert sync.keys() == awaited.keys()
    for name, method in sync.items():
        if callable(method):
            ours, theirs = inspect.signature(method), inspect.signature(awaited[name])
            assert list(ours.parameters.values()) == list(theirs.parameters.values()), name
            assert inspect.iscoroutinefunction(awaited[name]) or inspect.isasyncgenfunction(awaited[name]), name
    for name in ("search", "add", "add_many"):
        ours = inspect.signature(getattr(thoughtsearch, name))
        assert list(ours.parameters.values()) == list(inspect.signature(sync[name]).parameters.values())[1:], name
    assert inspect.signature(thoughtsearch.open).parameters == inspect.signature(thoughtsearch.aopen).parameters


def test_all_faces_give_the_same_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THOUGHTSEARCH_URL", world.url)
    store = world.store
    assert store.add_many(RECORDS) == 3
    assert thoughtsearch.add("the wal of the module", ai_id=1, session_id=1) == 4
    assert thoughtsearch.add_many([Thought("a Thought on the wal", 1)]) == 1

    async def other() -> list[Any]:
        async with thoughtsearch.aopen(world.url) as opened:
            assert await opened.add("the wal of asyncio", ai_id=1, session_id=1) == 6
            assert await opened.add_many([{"thought_content": "one more"}]) == 1
            answers = [(await opened.search(query, **options)).to_dict() for query, options in QUERIES]
            exported = [thought async for thought in opened.export()]
            rest = [await opened.get(1), await opened.get(99), await opened.around(3), await opened.stats()]
            return [answers, exported, *rest, await opened.agents(), opened.engine]

    answers, *rest = asyncio.run(other())

    def timeless(record: dict[str, Any]) -> dict[str, Any]:
        return record | {"next_cursor": bool(record["next_cursor"])}

    for (query, options), answer in zip(QUERIES, answers, strict=True):
        assert timeless(store.search(query, **options).to_dict()) == timeless(answer)
        assert timeless(thoughtsearch.search(query, **options).to_dict()) == timeless(answer)
    assert rest == [
        list(store.export()),
        store.get(1),
        None,
        store.around(3),
        store.stats(),
        store.agents(),
        store.engine,
    ]
    from thoughtsearch import default

    default._close()


def test_async_errors_are_ours_and_searches_may_run_together(world: World) -> None:
    world.say(*["wal"] * 20)

    async def work() -> None:
        opened = await thoughtsearch.aopen(world.url)
        with pytest.raises(InputError):
            await opened.add("")
        with pytest.raises(InputError):
            await opened.search("x", limit=0)
        found = await asyncio.gather(*(opened.search("wal", limit=n) for n in range(1, 20)), opened.add("more"))
        assert [len(one) for one in found[:-1] if isinstance(one, thoughtsearch.Results)] == list(range(1, 20))
        await opened.close()
        with pytest.raises((thoughtsearch.DatabaseError, RuntimeError)) as caught:
            await opened.search("wal")
        assert isinstance(caught.value, thoughtsearch.DatabaseError)

    asyncio.run(work())


def test_what_is_added_comes_back(store: Store) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, timezone(timedelta(hours=5, minutes=30)))
    given = Thought("café\n\n  日本 🚀 ", 2**62, -5, 0, "type", ("b", "a"), {"é": [1, None, {"x": 0.1}]}, moment)
    ident = store.add(given)
    back = store.get(ident)
    assert back is not None
    assert record(back) == record(given) | {"created_at": moment.astimezone(timezone.utc)}
    assert back.created_at is not None
    assert back.created_at.utcoffset() == timedelta(0)
    again = store.get(store.add(back))
    assert again is not None
    assert record(again) == record(back)


def test_a_thought_has_defaults(store: Store) -> None:
    before = datetime.now(timezone.utc)
    thought = store.get(store.add("x"))
    assert thought is not None
    assert record(thought) | {"created_at": None} == record(Thought("x"))
    assert thought.created_at is not None
    assert before - timedelta(seconds=1) <= thought.created_at <= datetime.now(timezone.utc)


def test_around_gives_the_neighbours_of_the_same_session_oldest_first(store: Store) -> None:
    for n in range(10):
        store.add(f"thought {n}", ai_id=1, session_id=n % 2)
    assert [thought.id for thought in store.around(5, 1)] == [3, 5, 7]
    assert [thought.id for thought in store.around(1, 2)] == [1, 3, 5]
    assert [thought.id for thought in store.around(9)] == [3, 5, 7, 9]
    assert [thought.id for thought in store.around(9, 0)] == [9]
    assert store.around(99) == []


def test_stats_count_everything(store: Store) -> None:
    assert store.stats()["thoughts"] == 0
    store.add_many(RECORDS)
    stats = store.stats()
    assert (stats["thoughts"], stats["agents"], stats["sessions"], stats["indexed"], stats["unindexed"]) == (3, 2, 1, 3, 0)
    assert stats["first"] == "2026-01-01T00:00:00+00:00"


def test_export_goes_over_many_batches(store: Store) -> None:
    store.add_many({"thought_content": f"n{n}"} for n in range(2_500))
    assert [thought.id for thought in store.export()] == list(range(1, 2_501))
