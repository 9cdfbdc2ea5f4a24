"""A search takes no longer than it may, on every engine, and the store goes on afterwards."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import thoughtsearch
from tests.world import World
from thoughtsearch import InputError, SearchTimeout
from thoughtsearch.engines.contract.deadline import Deadline
from thoughtsearch.engines.contract.statement import Plan, Statement
from thoughtsearch.engines.differences import differs
from thoughtsearch.pipeline import present
from thoughtsearch.pipeline import snippet as snippets

SAID = r"^The search was not done after 0\.2 seconds, and was ended\. .* timeout=, --timeout\.$"
HANG = 60  # seconds, after which it counts as one that was not ended
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) "
    "SELECT max(i) FROM n"
)


@pytest.fixture
def filled(world: World) -> World:
    world.store.add_many({"thought_content": f"wal {n}", "metadata": {"step": n}} for n in range(300))
    return world


@pytest.fixture
def stuck(filled: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Its searches come to a statement that never ends."""
    dialect = filled.store.dialect
    monkeypatch.setattr(type(dialect), "agents", agents_without_end)
    return filled


def agents_without_end(dialect: Any) -> Plan[Any]:
    return (yield Statement(ENDLESS))


def test_a_statement_is_ended(stuck: World, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with pytest.raises(SearchTimeout, match=SAID):
        stuck.store.search("wal", timeout=0.2)
    assert time.monotonic() - began < HANG
    monkeypatch.undo()
    assert stuck.store.search("wal", total=True).total == 300


def test_it_is_ended_for_asyncio_too(stuck: World) -> None:
    async def search() -> None:
        async with thoughtsearch.aopen(stuck.url) as store:
            with pytest.raises(SearchTimeout, match=SAID):
                await store.search("wal", timeout=0.2)
            assert await store.get(1) is not None

    asyncio.run(search())


def test_all_statements_together_have_the_time(filled: World) -> None:
    """Each takes less than there is, until there is less."""
    pause = {"sqlite": None}.get(filled.store.engine, Statement("SELECT pg_sleep(0.1)"))

    def plan() -> Plan[int]:
        for _ in range(1_000):
            if pause is None:
                time.sleep(0.1)
                yield Statement("SELECT 1")
            else:
                yield pause
        return 0

    began = time.monotonic()
    with pytest.raises(SearchTimeout):
        filled.store.connection.run(plan(), deadline=Deadline(0.5))
    assert time.monotonic() - began < HANG


@pytest.mark.parametrize(("module", "step"), [(snippets, "snippet"), (present, "explain")])
def test_work_between_the_statements_is_ended(
    filled: World, monkeypatch: pytest.MonkeyPatch, module: Any, step: str
) -> None:
    done, original = [], getattr(module, step)

    def slow(*given: Any, **options: Any) -> Any:
        done.append(1)
        time.sleep(0.05)
        return original(*given, **options)

    monkeypatch.setattr(module, step, slow)
    with pytest.raises(SearchTimeout):
        filled.store.search("wal", limit=300, explain=True, timeout=0.2)
    assert len(done) < 300


def test_a_search_waits_no_longer_for_another_thread(world: World) -> None:
    if not differs("threads-wait", world.kind):
        pytest.skip("on PostgreSQL threads have connections of their own")
    begun, ended = threading.Event(), threading.Event()

    def plan() -> Plan[None]:
        yield Statement("SELECT 1")
        begun.set()
        ended.wait(HANG)

    other = threading.Thread(target=lambda: world.store.connection.run(plan()))
    other.start()
    begun.wait(HANG)
    try:
        with pytest.raises(SearchTimeout, match=SAID):
            world.store.search(timeout=0.2)
    finally:
        ended.set()
        other.join()


def test_without_a_bound_and_with_one_it_finds_the_same(filled: World) -> None:
    ids = [hit.id for hit in filled.store.search("wal", timeout=None)]
    assert ids == [hit.id for hit in filled.store.search("wal", timeout=1e12)]
    assert ids == [hit.id for hit in filled.store.search("wal", timeout=math.inf)]


def test_a_cursor_knows_nothing_of_it(filled: World) -> None:
    first = filled.store.search("wal", timeout=7)
    assert len(filled.store.search("wal", cursor=first.next_cursor, timeout=None)) == 10


@pytest.mark.parametrize("timeout", [0, -1, math.nan, True, "30", "x"])
def test_what_is_no_time(world: World, timeout: Any) -> None:
    for call in (world.store.search, lambda **options: world.store.similar(1, **options)):
        with pytest.raises(InputError, match="timeout takes the seconds that the search may take, more than 0, or None"):
            call(timeout=timeout)


@pytest.fixture
def roles_own_bound(filled: World) -> Iterator[None]:
    yield
    name = filled.execute("SELECT current_database()", ())[0][0]
    filled.execute(f'ALTER DATABASE "{name}" RESET statement_timeout', ())


def test_a_smaller_bound_of_the_role_stays_in_force(filled: World, request: pytest.FixtureRequest) -> None:
    if not differs("server-timeouts", filled.kind):
        pytest.skip("SQLite has no bound of its own")
    request.getfixturevalue("roles_own_bound")
    name = filled.execute("SELECT current_database()", ())[0][0]
    for own, wanted in (("150ms", 150), ("0", 2001), ("1h", 2001), ("2min", 2001), ("1999ms", 1999), ("1d", 2001)):
        filled.execute(f"ALTER DATABASE \"{name}\" SET statement_timeout = '{own}'", ())
        with thoughtsearch.open(filled.url) as store:

            def plan() -> Plan[Any]:
                return (yield Statement("SELECT extract(epoch FROM current_setting('statement_timeout')::interval) * 1000"))

            bound = float(store.connection.run(plan(), deadline=Deadline(2))[0][0])
            assert wanted - 1_000 * (wanted > 2_000) <= bound <= wanted
    filled.execute(f"ALTER DATABASE \"{name}\" SET statement_timeout = '150ms'", ())
    with thoughtsearch.open(filled.url) as store:
        with pytest.raises(thoughtsearch.DatabaseError, match="raise statement_timeout") as caught:
            store.connection.run(agents_without_end(store.dialect), deadline=Deadline(HANG))
        assert not isinstance(caught.value, SearchTimeout)
