"""Many thoughts are stored two batches at a time, and it shows in nothing but the time that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import Server
from tests.postgres.tools import as_role, eventually, execute, sessions
from thoughtsearch import DatabaseError, InputError, Store
from thoughtsearch.engines.contract.statement import Plan, Statement
from thoughtsearch.engines.postgres.connection import MOST_CONNECTIONS
from thoughtsearch.store import BATCH

ROWS = 2 * BATCH + 500
MET = "thoughtsearch_met"


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with thoughtsearch.open(place) as opened:
        yield opened


def records(count: int = ROWS) -> list[dict[str, Any]]:
    return [{"thought_content": f"thought {number}"} for number in range(count)]


def contents(url: str) -> list[str]:
    return [row[0] for row in execute(url, "SELECT thought_content FROM ai_thought_history ORDER BY id")]


def in_order(count: int = ROWS) -> list[str]:
    return [f"thought {number}" for number in range(count)]


def meeting(mine: int, other: int) -> Plan[None]:
    """A plan that ends only while the other one runs: each waits for the lock that the other holds to be taken."""
    yield Statement("SELECT pg_advisory_xact_lock(%(mine)s)", {"mine": mine})
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %(other)s"
    for _ in range(500):
        if (yield Statement(held, {"other": other}))[0][0]:
            yield Statement(f"INSERT INTO {MET} (number) VALUES (%(mine)s)", {"mine": mine})
            return
        yield Statement("SELECT pg_sleep(0.02)")
    raise AssertionError("The other one did not run.")


def test_two_run_at_once(store: Store, place: str) -> None:
    execute(place, f"CREATE TABLE {MET} (number integer, at bigint DEFAULT txid_current())")
    store.connection.run_in_turn(meeting(1, 2), meeting(2, 1))

    async def both() -> None:
        async with thoughtsearch.aopen(place) as opened:
            await opened.connection.run_in_turn(meeting(3, 4), meeting(4, 3))

    asyncio.run(both())
    assert execute(place, f"SELECT array_agg(number ORDER BY number), count(DISTINCT at) FROM {MET}") == [([1, 2, 3, 4], 4)]


def test_ids_are_in_the_order_of_the_thoughts(store: Store, place: str) -> None:
    assert store.add_many(records()) == ROWS

    async def more() -> None:
        async with thoughtsearch.aopen(place) as opened:
            assert await opened.add_many(iter(records())) == ROWS

    asyncio.run(more())
    assert contents(place) == in_order() * 2
    assert store.add("the next") > 2 * ROWS
    newest = [hit.id for hit in store.search(limit=BATCH + 100)]
    assert newest == sorted(newest, reverse=True)


@pytest.mark.parametrize(("bad", "kept"), [(5, 0), (BATCH + 5, BATCH), (2 * BATCH + 5, 2 * BATCH)])
def test_what_is_behind_a_bad_thought_is_not_stored(store: Store, place: str, newest: Server, bad: int, kept: int) -> None:
    spoiled = records()
    spoiled[bad] = {"thought_content": ""}
    with pytest.raises(InputError, match=f"^Record {bad}: "):
        store.add_many(spoiled)
    assert contents(place) == in_order(kept)

    async def more() -> None:
        async with thoughtsearch.aopen(place) as opened:
            with pytest.raises(InputError, match=f"^Record {bad}: "):
                await opened.add_many(spoiled)

    asyncio.run(more())
    assert contents(place) == in_order(kept) * 2
    assert sessions(newest, "state <> 'idle'") == 0


def test_what_was_taken_is_stored_where_no_more_can_be_taken(store: Store, place: str) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield from records(BATCH)
        raise KeyError("a source that ends badly")

    with pytest.raises(KeyError):
        store.add_many(broken())
    assert contents(place) == in_order(BATCH)


def test_a_lost_connection_is_told_and_leaves_whole_batches(store: Store, place: str) -> None:
    killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'"

    def watched() -> Iterator[dict[str, Any]]:
        for number, record in enumerate(records()):
            if number == BATCH:
                killer.submit(eventually, lambda: execute(place, killed))
            yield record

    with ThreadPoolExecutor(1) as killer, pytest.raises(DatabaseError):
        store.add_many(watched())
    assert contents(place) in (in_order(0), in_order(BATCH), in_order(2 * BATCH))


@pytest.mark.parametrize(
    "change",
    [
        "CREATE UNIQUE INDEX one_of_each ON ai_thought_history (md5(thought_content))",
        "CREATE TABLE counter AS SELECT 0 AS n; "
        "CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN UPDATE counter SET n = n + 1; RETURN new; END'; "
        "CREATE TRIGGER counting BEFORE INSERT ON ai_thought_history FOR EACH ROW EXECUTE FUNCTION count_it()",
    ],
    ids=["a unique value", "a trigger"],
)
def test_where_one_could_wait_for_the_other_they_go_one_by_one(store: Store, place: str, change: str) -> None:
    execute(place, change)
    assert store.add_many(records()) == ROWS
    if "UNIQUE" in change:
        doubled = [{"thought_content": f"other {number % (BATCH + 1)}"} for number in range(ROWS)]
        with pytest.raises(DatabaseError, match="one_of_each"):
            store.add_many(doubled)
        assert len(contents(place)) == ROWS + BATCH


def test_a_role_without_the_sequence_and_one_with_a_single_connection(store: Store, place: str, newest: Server) -> None:
    with psycopg.connect(place, autocommit=True) as admin:
        for role, more in (("ts_unreserved", ""), ("ts_lone", " CONNECTION LIMIT 1")):
            admin.execute(f"CREATE ROLE {role} LOGIN{more}".encode())
            admin.execute(f"GRANT SELECT, INSERT ON ai_thought_history, thoughtsearch_state TO {role}".encode())
        admin.execute("GRANT USAGE ON SEQUENCE ai_thought_history_id_seq TO ts_lone")
        try:
            for role in ("ts_unreserved", "ts_lone"):
                with thoughtsearch.open(as_role(place, role)) as opened:
                    assert opened.add_many(records()) == ROWS
        finally:
            admin.execute("DROP OWNED BY ts_unreserved, ts_lone; DROP ROLE ts_unreserved, ts_lone")
    assert contents(place) == in_order() * 2


def test_many_at_once_share_the_pool(store: Store, place: str, newest: Server) -> None:
    with ThreadPoolExecutor(2 * MOST_CONNECTIONS) as threads:
        counts = list(threads.map(store.add_many, [records(2 * BATCH)] * (2 * MOST_CONNECTIONS)))
    assert counts == [2 * BATCH] * (2 * MOST_CONNECTIONS)
    assert len(contents(place)) == sum(counts)
    assert sessions(newest, "state <> 'idle'") == 0


def test_a_cancelled_one_leaves_whole_batches(place: str, newest: Server) -> None:
    async def cancelled(after: float) -> None:
        async with thoughtsearch.aopen(place) as opened:
            task = asyncio.create_task(opened.add_many(records(8 * BATCH)))
            await asyncio.sleep(after)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            found = contents(place)
            assert len(found) % BATCH == 0
            assert found == in_order(len(found))
            await opened.search("thought")
        execute(place, "TRUNCATE ai_thought_history")

    for after in (0.02, 0.1, 0.2, 0.4):
        asyncio.run(cancelled(after))
    eventually(lambda: sessions(newest) == 0)
