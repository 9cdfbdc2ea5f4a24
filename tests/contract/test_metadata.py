"""Metadata predicates are two-valued and typed: true or false of every thought, whatever its metadata holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query_strategies import conditions
from tests.strategies import KEYS, metadata, scalars
from tests.world import Fresh, World

#: What stands in the column, and a name for it in the table below.
HELD = {
    "one": '{"step": 1}',
    "one.0": '{"step": 1.0}',
    "two": '{"step": 2}',
    "text one": '{"step": "1"}',
    "true": '{"step": true}',
    "null": '{"step": null}',
    "list": '{"step": [1, "1", null, [2]]}',
    "object": '{"step": {"a": 1}}',
    "huge": '{"step": 9223372036854775809}',
    "beyond": '{"step": 1e400}',
    "tenth": '{"step": 0.1}',
    "abc": '{"step": "abc"}',
    "ABC": '{"step": "ABC"}',
    "twice": '{"step": 5, "step": 1}',
    "escaped": '{"st\\u0065p": "\\u0061bc"}',
    "missing": '{"other": 1}',
    "empty": "{}",
    "no metadata": None,
    "blank": "",
    "not JSON": "step: 1",
    "not an object": "[1]",
    "NaN": '{"step": NaN}',
}
ONE = {"one", "one.0", "twice"}
ABC = {"abc", "escaped"}
THERE = set(HELD) - {"missing", "empty", "no metadata", "blank", "not JSON", "not an object", "NaN"}
TRUTH: tuple[tuple[Any, set[str]], ...] = (
    (1, ONE),
    (1.0, ONE),
    ("1", {"text one"}),
    (True, {"true"}),
    (None, {"null"}),
    ("abc", ABC),
    (0.1, {"tenth"}),
    (9223372036854775809, {"huge"}),
    (9223372036854775808, set()),
    ([1, "1", None, [2]], {"list"}),
    ([1], set()),
    ({"a": 1}, {"object"}),
    ({"a": 1.0}, {"object"}),
    ({}, set()),
    ({"$eq": 2}, {"two"}),
    ({"$ne": 1}, set(HELD) - ONE),
    ({"$gt": 1}, {"two", "huge", "beyond"}),
    ({"$gte": 1}, ONE | {"two", "huge", "beyond"}),
    ({"$lt": 1}, {"tenth"}),
    ({"$lte": 1}, ONE | {"tenth"}),
    ({"$gt": 9223372036854775808}, {"huge", "beyond"}),
    ({"$gt": "ABC"}, ABC),
    ({"$lt": "a"}, {"text one", "ABC"}),
    ({"$gte": False}, {"true"}),
    ({"$gt": None}, set()),
    ({"$gte": None}, set()),
    ({"$gt": [0]}, set()),
    ({"$in": [1, "abc", None]}, ONE | ABC | {"null"}),
    ({"$in": []}, set()),
    ({"$nin": [1, "abc"]}, set(HELD) - ONE - ABC),
    ({"$nin": []}, set(HELD)),
    ({"$contains": 1}, {"list"}),
    ({"$contains": "1"}, {"list"}),
    ({"$contains": [2]}, {"list"}),
    ({"$contains": 2}, set()),
    ({"$contains": "a"}, set()),
    ({"$exists": True}, THERE),
    ({"$exists": False}, set(HELD) - THERE),
    ({"$not": {"$gt": 1}}, set(HELD) - {"two", "huge", "beyond"}),
    ({"$not": {"$exists": True}}, set(HELD) - THERE),
    ({"$gt": 0, "$lt": 2}, ONE | {"tenth"}),
)


@pytest.fixture
def held(world: World) -> World:
    world.write(*({"metadata": text} for text in HELD.values()))
    return world


def names(found: list[int]) -> set[str]:
    every = list(HELD)
    return {every[ident - 1] for ident in found}


@pytest.mark.parametrize("number", range(len(TRUTH)))
def test_each_operator_is_true_of_just_these(held: World, number: int) -> None:
    condition, expected = TRUTH[number]
    assert names(held.found(where={"step": condition})) == expected
    assert names(held.found(where={"$not": {"step": condition}})) == set(HELD) - expected
    assert names(held.found("x", where={"step": condition})) == expected


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("step:1", 1),
        ("step = 1", 1),
        ("step==1", 1),
        ("step!=1", {"$ne": 1}),
        ("step>=1", {"$gte": 1}),
        ("step > 1", {"$gt": 1}),
        ("step<1", {"$lt": 1}),
        ("step<=1", {"$lte": 1}),
        ('step:"1"', "1"),
        ("step:abc", "abc"),
        ("step:true", True),
        ("step:null", None),
        ('"step":0.1', 0.1),
        ('{"step": {"$in": [1, "abc"]}}', {"$in": [1, "abc"]}),
        ("step>9223372036854775808", {"$gt": 9223372036854775808}),
        ("step:1e0", 1),
    ],
)
def test_the_text_form_means_the_same(held: World, text: str, condition: Any) -> None:
    expected = held.found(where={"step": condition})
    assert held.found(where=text) == expected
    if not text.startswith("{"):
        assert held.found("meta." + text.replace(" ", ""), strict=True) == expected


def test_paths_reach_into_objects_and_quoted_keys_hold_anything(world: World) -> None:
    world.write(
        {"metadata": '{"a": {"b": 1}, "model": {"name": "gpt"}}'},
        {"metadata": '{"a.b": 1}'},
        {"metadata": '{"": 1, "%": 2, "$and": 3, "k\\"q": 4, "é": 5, "a b": 6, "$x": 7}'},
        {"metadata": '{"a": [{"b": 1}], "0": 1}'},
    )
    for where, expected in (
        ({"a.b": 1}, [1]),
        ({'"a.b"': 1}, [2]),
        ({'""': 1}, [3]),
        ({"%": 2}, [3]),
        ({'"$and"': 3}, [3]),
        ({'"k\\"q"': 4}, [3]),
        ({"é": 5}, [3]),
        ({"a b": 6}, [3]),
        ({'"$x"': 7}, [3]),
        ({"a.0.b": 1}, []),
        ({"0": 1}, [4]),
        ({"a": {"b": 1}}, [1]),
        ({"$or": [{"a.b": 1}, {"é": 5}]}, [1, 3]),
        ({"$and": [{"a.b": 1}, {"model.name": "gpt"}]}, [1]),
        ({"$and": [{"a.b": 1}, {"é": 5}]}, []),
        ({"model.name": {"$in": ["gpt"]}, "a.b": {"$gte": 1}}, [1]),
        ({}, [1, 2, 3, 4]),
    ):
        assert world.found(where=where) == expected, where


@given(
    texts=st.lists(metadata, min_size=1, max_size=8),
    key=st.sampled_from(KEYS),
    asked=st.lists(conditions, min_size=1, max_size=8),
    values=st.lists(scalars, max_size=3),
)
def test_complements_are_exact(
    fresh: Fresh, texts: list[str | None], key: str, asked: list[tuple[str, Any]], values: list[Any]
) -> None:
    path = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    with fresh() as world:
        world.write(*({"metadata": text} for text in texts))
        every = set(world.found())

        def found(condition: Any) -> set[int]:
            return set(world.found(where={path: condition}))

        for operator, value in asked:
            accepted = found({f"${operator}": value})
            assert found({"$not": {f"${operator}": value}}) == every - accepted
            assert set(world.found(where={"$not": {path: {f"${operator}": value}}})) == every - accepted
        for value in values:
            assert found({"$ne": value}) == every - found({"$eq": value})
        assert found({"$nin": values}) == every - found({"$in": values})
        assert found({"$in": values}) == set().union(*(found({"$eq": value}) for value in values))
        assert found({"$exists": False}) == every - found({"$exists": True})
