"""Pages joined are the whole list, and stay so while others write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query_strategies import shaped
from tests.strategies import many_rows, rows, texts
from tests.world import Fresh, World, ids
from thoughtsearch import Store

QUERIES = ("wal", "wal index", "", "tag:even", "-thing", "wal OR tag:even", "meta.step>=3")


def pages(store: Store, query: str, limit: int, **options: Any) -> list[list[int]]:
    """The ids of each page, to the end."""
    found: list[list[int]] = []
    cursor: str | None = None
    while True:
        page = store.search(query, limit=limit, cursor=cursor, **options)
        found.append(ids(page))
        cursor = page.next_cursor
        if cursor is None:
            return found


@given(rows=many_rows(0, 14), queries=st.lists(shaped, min_size=1, max_size=4), limit=st.integers(1, 6))
def test_pages_joined_equal_the_whole_list(
    fresh: Fresh, rows: list[dict[str, Any]], queries: list[str], limit: int
) -> None:
    with fresh() as world:
        world.write(*rows)
        for query in queries:
            whole = ids(world.store.search(query, limit=100))
            found = pages(world.store, query, limit)
            assert [one for page in found for one in page] == whole
            assert all(len(page) == limit for page in found[:-1])
            assert found[-1] or not whole


@pytest.fixture
def filled(world: World) -> World:
    for n in range(12):
        words = "wal " * (n % 4) + "index " * (n % 3) + "thing " * (n % 2)
        day = f"2026-01-{1 + n % 5:02}" if n % 6 else None
        tags = "even" if n % 2 == 0 else "odd"
        world.write({"thought_content": words + str(n), "tags": tags, "metadata": f'{{"step": {n}}}', "created_at": day})
    return world


@pytest.mark.parametrize("query", QUERIES)
def test_pages_joined_equal_the_whole_list_of_each_kind(filled: World, query: str) -> None:
    whole = ids(filled.store.search(query, limit=100))
    assert whole
    for limit in (1, 2, 5, len(whole), 100):
        assert [one for page in pages(filled.store, query, limit) for one in page] == whole


@pytest.mark.parametrize("query", QUERIES)
def test_a_cursor_may_go_on_with_another_limit_and_other_extras(filled: World, query: str) -> None:
    whole = ids(filled.store.search(query, limit=100))
    first = filled.store.search(query, limit=2)
    second = filled.store.search(query, limit=3, cursor=first.next_cursor, facets=["ai"], total=True, explain=True)
    third = filled.store.search(query, limit=100, cursor=second.next_cursor) if second.next_cursor else []
    assert ids(first) + ids(second) + ids(third) == whole
    assert second.total == len(whole)
    if second[0].explanation:
        assert second[0].explanation.ranks == {"text": 3}


@given(
    start=many_rows(3, 10),
    query=st.sampled_from(
        ["index wal", "sqlite", "+index run", "", "tag:sqlite", "-wal", "index OR tag:wal", "検索 index"]
    ),
    writes=st.lists(
        st.one_of(
            st.tuples(st.just("insert"), rows(texts(3)), st.integers(1, 10)),
            st.tuples(st.just("delete"), st.none(), st.integers(1, 10)),
            st.tuples(st.just("update"), texts(3), st.integers(1, 10)),
        ),
        max_size=8,
    ),
    limit=st.integers(1, 3),
)
def test_no_thought_comes_twice_or_is_missed_while_others_write(
    fresh: Fresh, start: list[dict[str, Any]], query: str, writes: list[tuple[str, Any, int]], limit: int
) -> None:
    with fresh() as world:
        world.write(*start)
        page = world.store.search(query, limit=limit)
        before = set(world.found(query))
        touched: set[int] = set()
        shown = ids(page)
        pending = list(writes)
        while page.next_cursor:
            for kind, value, ident in pending[:2]:
                if kind == "insert":
                    world.write(value)
                elif kind == "delete":
                    world.execute("DELETE FROM ai_thought_history WHERE id = ?", [ident])
                else:
                    world.execute("UPDATE ai_thought_history SET thought_content = ? WHERE id = ?", [value, ident])
                touched |= {ident} if kind != "insert" else set()
            del pending[:2]
            page = world.store.search(query, limit=limit, cursor=page.next_cursor)
            shown += ids(page)
        assert len(shown) == len(set(shown))
        if query in ("", "tag:sqlite", "-wal"):  # lists by time may show a newer thought where an older time is on it
            shown = [ident for ident in shown if ident <= len(start)]
        assert max(shown, default=0) <= len(start)
        assert before - touched <= set(shown) <= before | touched


def test_a_new_thought_that_changes_every_score_does_not_repeat_or_hide_one(filled: World) -> None:
    first = filled.store.search("wal index", limit=3)
    filled.say(*["wal"] * 50)
    rest = filled.store.search("wal index", limit=100, cursor=first.next_cursor)
    assert sorted(ids(first) + ids(rest)) == [ident for ident in filled.found("wal index") if ident <= 12]


def test_relative_times_stay_those_of_the_first_page(world: World) -> None:
    world.say("a", "b", "c")
    first = world.store.search("until:now", limit=1)
    assert len(first) == 1
    world.say("d")
    second = world.store.search("until:now", limit=5, cursor=first.next_cursor)
    assert ids(first) + ids(second) == [3, 2, 1]
