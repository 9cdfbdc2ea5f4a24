"""Locks, timeouts and deadlocks: each is one sentence, and the store goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.postgres.tools import execute
from thoughtsearch import DatabaseError, DatabaseLocked, DatabaseUnavailable, Store, ThoughtsearchError
from thoughtsearch.engines.connect import connect
from thoughtsearch.engines.contract.statement import Plan, Statement
from thoughtsearch.location import locate


@pytest.fixture(params=["pooled", "single"])
def store(request: pytest.FixtureRequest, place: str) -> Iterator[Store]:
    """As a program opens it, and as the command line does."""
    shared = request.param == "pooled"
    with Store(*connect(locate(place), read_only=False, timeout=0.3, shared=shared)) as opened:
        opened.add("wal")
        yield opened


def fails(kind: type[ThoughtsearchError], words: str, call: Callable[[], object]) -> None:
    with pytest.raises(kind, match=words) as caught:
        call()
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, psycopg.Error)


def setting(url: str, change: str) -> None:
    """For all connections that are made to the database from now on."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET {change}'.encode())


def test_a_locked_table_is_waited_for_and_then_said_to_be_locked(place: str, store: Store) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: store.search("wal"),
        lambda: store.add("x"),
        lambda: store.add_many([{"thought_content": "x"}]),
        store.stats,
        lambda: list(store.export()),
    )
    with psycopg.connect(place) as other:
        other.execute("LOCK TABLE ai_thought_history IN ACCESS EXCLUSIVE MODE")
        for call in calls:
            began = time.monotonic()
            fails(DatabaseLocked, r"is locked: another program kept it for over 0\.3 seconds", call)
            assert 0.25 < time.monotonic() - began < 2
        # It ends while somebody waits.
        timer = threading.Timer(0.1, other.rollback)
        timer.start()
        assert len(store.search("wal")) == 1
        timer.join()
    assert store.stats()["thoughts"] == 1


def test_opening_waits_no_longer_than_it_may(place: str) -> None:
    with psycopg.connect(place) as other:
        other.execute("CREATE TABLE ai_thought_history (id int)")
        began = time.monotonic()
        fails(DatabaseLocked, "over 0.2 seconds", lambda: thoughtsearch.open(place, timeout=0.2))
        assert time.monotonic() - began < 2
        other.rollback()
    with thoughtsearch.open(place, timeout=float("inf")) as store:
        store.add("wal")
    with thoughtsearch.open(place, timeout=0) as store:
        assert len(store.search("wal")) == 1


def test_a_row_that_another_holds_is_waited_for(place: str, store: Store) -> None:
    execute(place, "CREATE UNIQUE INDEX one ON ai_thought_history (cycle_number)")
    with psycopg.connect(place) as other:
        other.execute("INSERT INTO ai_thought_history (ai_id, cycle_number, thought_content) VALUES (1, 9, 'x')")
        fails(DatabaseLocked, "over 0.3 seconds", lambda: store.add("y", cycle_number=9))
    fails(DatabaseError, "could not do this .*duplicate key", lambda: store.add("y", cycle_number=9))
    assert store.add("y", cycle_number=8) > 1


def test_a_statement_timeout_is_said(place: str) -> None:
    with thoughtsearch.open(place) as store:
        store.add("wal")
    setting(place, "statement_timeout = '100ms'")

    def slow() -> Plan[Any]:
        return (yield Statement("SELECT pg_sleep(5)"))

    with thoughtsearch.open(place) as store:
        fails(DatabaseError, "due to statement timeout.*: raise statement_timeout", lambda: store.connection.run(slow()))
        assert len(store.search("wal")) == 1


def test_sessions_that_the_server_ends_for_being_idle_are_replaced(place: str, newest: Any) -> None:
    setting(place, "idle_session_timeout = '50ms'")
    with thoughtsearch.open(place) as store:
        store.add("wal")
        for _ in range(3):
            time.sleep(0.15)
            assert len(store.search("wal")) == 1


@pytest.mark.parametrize("name", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_transaction_that_the_server_ends_is_lost_in_a_sentence(place: str, newest: Any, name: str) -> None:
    if name == "transaction_timeout" and newest.version < 17:
        pytest.skip("It came with PostgreSQL 17.")
    with thoughtsearch.open(place) as store:
        store.add("wal")
    setting(place, f"{name} = '100ms'")

    def slow() -> Plan[Any]:
        yield Statement("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'never')")
        time.sleep(0.3)
        return (yield Statement("SELECT 1"))

    with thoughtsearch.open(place) as store:
        fails(
            DatabaseUnavailable, "was lost .*not committed is not stored", lambda: store.connection.run(slow(), write=True)
        )
        assert store.search("never").hits == ()
        assert len(store.search("wal")) == 1


def test_of_a_deadlock_one_side_is_told(place: str) -> None:
    execute(place, "CREATE TABLE a (n int)", "CREATE TABLE b (n int)")
    setting(place, "deadlock_timeout = '50ms'")
    barrier = threading.Barrier(2)
    told: list[Exception] = []

    def crossing(first: str, second: str) -> Plan[None]:
        yield Statement(f"LOCK TABLE {first}")
        barrier.wait(10)
        yield Statement(f"LOCK TABLE {second}")

    with thoughtsearch.open(place) as store:

        def run(first: str, second: str) -> None:
            try:
                store.connection.run(crossing(first, second), write=True)
            except Exception as error:
                told.append(error)

        threads = [threading.Thread(target=run, args=names) for names in (("a", "b"), ("b", "a"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert [type(error) for error in told] == [DatabaseLocked]
        assert "waited for each other (deadlock detected); nothing was written. Try again." in str(told[0])
        assert store.add("wal") == 1


def test_a_search_that_an_administrator_cancels_is_said(place: str, store: Store) -> None:
    def cancelling() -> Plan[Any]:
        return (yield Statement("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)"))

    fails(DatabaseError, r"ended the statement \(canceling statement due to user request\)", lambda: (
        store.connection.run(cancelling())
    ))  # fmt: skip
    assert len(store.search("wal")) == 1
