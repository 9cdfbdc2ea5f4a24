"""An argument has the same names where thoughts are searched and where they are stored, and may ask for several values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World
from thoughtsearch import InputError

SHORT = {"ai": 3, "session": 7, "cycle": 5, "type": "insight", "tags": "sqlite, wal"}
LONG = {"ai_id": 3, "session_id": 7, "cycle_number": 5, "thought_type": "insight", "tags": ["sqlite", "wal"]}
NAMES = (("ai", "ai_id", 3), ("session", "session_id", 7), ("cycle", "cycle_number", 5), ("type", "thought_type", "x"))


def test_short_names_and_columns_store_the_same(world: World) -> None:
    store = world.store
    store.add("one", **SHORT)
    store.add("one", **LONG)
    store.add_many([{"thought_content": "one", **SHORT}, {"thought_content": "one", **LONG}])
    stored = [thought.to_dict() | {"id": 0, "created_at": None} for thought in store.export()]
    assert stored[0]["cycle_number"] == 5
    assert stored == stored[:1] * 4


@pytest.mark.parametrize(("short", "column", "value"), NAMES)
def test_short_names_and_columns_find_the_same(world: World, short: str, column: str, value: Any) -> None:
    world.say("wal", **{column: value})
    world.say("wal", **{short: value if short == "ai" else None})
    both: list[dict[str, Any]] = [{short: value}, {column: value}]
    expected = [1, 2] if short == "ai" else [1]
    for options in both:
        assert world.found("wal", **options) == expected
    first = world.store.search("wal", limit=1, **both[0])
    if first.next_cursor:
        assert world.store.search("wal", limit=1, cursor=first.next_cursor, **both[1])


@pytest.mark.parametrize(("short", "column", "value"), NAMES)
def test_both_names_at_once_are_refused(world: World, short: str, column: str, value: Any) -> None:
    with pytest.raises(InputError, match="both"):
        world.store.search("", **{short: value, column: value})
    with pytest.raises(InputError, match="both"):
        world.store.add("x", **{short: value, column: value})
    with pytest.raises(InputError, match=r"Record 1: .*both"):
        world.store.add_many([{"thought_content": "x"}, {"thought_content": "x", short: value, column: None}])
    assert world.found() == []


@pytest.fixture
def filled(world: World) -> World:
    for number in range(1, 5):
        world.write(
            {"ai_id": number, "thought_type": "abcd"[number - 1], "tags": f"t{number},all", "thought_content": "wal"}
        )
    world.write({"ai_id": 5, "thought_type": "a,b", "thought_content": "wal"}, {"ai_id": 6, "thought_content": "wal"})
    world.execute("CREATE TABLE ai_profiles (id INTEGER PRIMARY KEY, name TEXT, nickname TEXT)", ())
    for profile in ((3, "Ada", None), (4, "ada", None), (5, "Grace", "7")):
        world.execute("INSERT INTO ai_profiles VALUES (?, ?, ?)", profile)
    return world


SEVERAL: tuple[tuple[dict[str, Any], list[int]], ...] = (
    ({"ai": [1, 2]}, [1, 2]),
    ({"ai_id": (2, 1, 2)}, [1, 2]),
    ({"ai": {1, 99}}, [1]),
    ({"ai": [98, 99]}, []),
    ({"ai": [1, "Ada"]}, [1, 3, 4]),
    ({"ai": ["ada", "7"]}, [3, 4, 5]),
    ({"ai": {7: 1, "grace": 2}.keys()}, [5]),
    ({"ai": ["grace"]}, [5]),
    ({"thought_type": ["a", "c"]}, [1, 3]),
    ({"type": ("a",)}, [1]),
    ({"type": "a,b"}, [5]),
    ({"type": ["a,b", "d"]}, [4, 5]),
    ({"type": ["A", ""]}, []),
    ({"ai": [1, 2, 3], "type": ["c", "d"]}, [3]),
    ({"tags": "t1,t2"}, [1, 2]),
    ({"tags": "t1"}, [1]),
    ({"tags": ["t1, t2", "all"]}, [1, 2]),
    ({"any_tags": "t1,t2"}, [1, 2]),
    ({"not_tags": "t1,t2"}, [3, 4, 5, 6]),
)


@pytest.mark.parametrize("number", range(len(SEVERAL)))
def test_several_values_find_what_has_any_of_them(filled: World, number: int) -> None:
    options, expected = SEVERAL[number]
    kept = {name: list(value) if name == "ai" else value for name, value in options.items()}
    assert filled.found(**options) == expected
    assert filled.found("wal", **kept) == expected


def test_an_unknown_name_among_several_agents_is_warned_about(filled: World) -> None:
    results = filled.store.search("wal", ai=[1, "nobody"])
    assert [hit.thought.ai_id for hit in results] == [1]
    assert "nobody" in results.warnings[0]


def test_a_cursor_belongs_to_the_agents_whatever_their_order(filled: World) -> None:
    first = filled.store.search("wal", limit=1, ai=[1, "Ada", 2])
    second = filled.store.search("wal", limit=9, ai=("Ada", 2, 1), cursor=first.next_cursor)
    assert sorted(hit.id for hit in (*first, *second)) == [1, 2, 3, 4]
    one = filled.store.search("wal", limit=1, type=["a"]).next_cursor
    assert one is None
    both = filled.store.search("wal", limit=1, ai="Ada").next_cursor
    assert len(filled.store.search("wal", ai=["Ada"], cursor=both)) == 1
