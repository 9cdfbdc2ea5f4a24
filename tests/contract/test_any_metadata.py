"""Metadata of any depth, with any characters and numbers: kept whole, and read by one rule on every engine."""

from __future__ import annotations

import sys
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import hostile_metadata
from tests.world import Fresh, World
from thoughtsearch import InputError
from thoughtsearch.query.match import match
from thoughtsearch.query.metadata import object_of
from thoughtsearch.text.nesting import MAX_LEVELS, dumps, too_deep

INF = float("inf")


def deep(levels: int, inner: str = "1") -> str:
    """An object of so many levels, with a plain key beside."""
    return '{"plain": 1, "a": ' + "[" * (levels - 1) + inner + "]" * (levels - 1) + "}"


@given(chance=st.randoms(use_true_random=False), texts=st.integers(1, 8), predicates=st.integers(1, 12))
def test_any_predicate_is_true_of_what_the_definition_says(
    fresh: Fresh, chance: Random, texts: int, predicates: int
) -> None:
    with fresh() as world:
        world.write(*({"metadata": hostile_metadata.text(chance)} for _ in range(texts)))
        documents = world.documents()
        for _ in range(predicates):
            node = hostile_metadata.predicate(chance)
            expected = [ident for ident, document in documents.items() if match(node, document)]
            assert sorted(ident for ident, _ in world.ranked(node)) == expected, node


#: A text, and whether its key `plain` is read.
READ = {
    "as deep as is read": (deep(MAX_LEVELS), True),
    "a level deeper": (deep(MAX_LEVELS + 1), False),
    "a level deeper, empty": (deep(MAX_LEVELS, "[]"), False),
    "a level deeper in objects": ('{"plain": 1, "a":' * (MAX_LEVELS + 1) + "1" + "}" * (MAX_LEVELS + 1), False),
    "brackets in a text": ('{"plain": 1, "a": "' + "[{" * 500 + '\\"[", "b": "\\\\"}', True),
    "many brackets side by side": ('{"plain": 1, "a": [' + ",".join(["[{}]"] * 500) + "]}", True),
    "700 levels": (deep(700), False),
    "990 levels": (deep(990), False),
    "50,000 levels": (deep(50_000), False),
    "NUL": ('{"plain": 1, "a": "x\\u0000y"}', True),
    "NUL in a key": ('{"plain": 1, "\\u0000": 1}', True),
    "half a pair": ('{"plain": 1, "a": "\\ud800 \\uDFFF"}', True),
    "halves in the wrong order": ('{"plain": 1, "a": "\\ude00\\ud83d"}', True),
    "a backslash before what would be one": ('{"plain": 1, "a": "\\\\ud800 \\\\\\u0000"}', True),
    "a pair": ('{"plain": 1, "a": "\\ud83d\\ude00"}', True),
    "an escape that is none": ('{"plain": 1, "a": "\\ud8"}', False),
    "the largest number": ('{"plain": 1, "a": 9.9e131071}', True),
    "a larger one": ('{"plain": 1, "a": 1e131072}', False),
    "a very much larger one": ('{"plain": 1, "a": -1e99999999999999999999}', False),
    "the smallest number": ('{"plain": 1, "a": 1e-16383}', True),
    "a smaller one": ('{"plain": 1, "a": 1e-16384}', False),
    "a very much smaller one": ('{"plain": 1, "a": 1e-99999999999999999999}', False),
    "nought with an exponent": ('{"plain": 1, "a": 0e99999}', True),
    "many digits": ('{"plain": 1, "a": ' + "7" * 5_000 + "}", True),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_of_a_foreign_text_and_that_it_stays(world: World, name: str) -> None:
    text, is_read = READ[name]
    (ident,) = world.say("before")
    world.write({"metadata": text}, {"metadata": '{"plain": 2}'})
    # A jsonb column takes some of it from nobody; then it holds the text.
    is_read = is_read and not (world.documents()[ident + 1].metadata or "").startswith('"')
    assert (world.found(where={"plain": 1}) == [ident + 1]) == is_read
    assert (world.found(where={"plain": {"$lt": 2}}) == [ident + 1]) == is_read
    assert world.found(where={"plain": {"$exists": False}}) == ([ident] if is_read else [ident, ident + 1])
    assert (ident + 1 in world.found(where={"a": {"$exists": True}})) == (is_read and '"a"' in text)
    thought = world.store.get(ident + 1)
    assert thought is not None
    if too_deep(text):
        assert not thought.metadata
        assert thought.metadata_text is not None
        assert sorted(thought.metadata_text.replace(" ", "")) == sorted(text.replace(" ", ""))  # a jsonb sorts its keys
    elif is_read and thought.metadata_text is None:
        assert thought.metadata["plain"] == 1


def test_escapes_that_can_t_be_stored_read_as_the_replacement_character(world: World) -> None:
    world.write(
        {"metadata": '{"a": "x\\u0000y\\ud800"}'}, {"metadata": '{"\\udfff": 1}'}, {"metadata": '{"a": "\\ud83d\\ude00"}'}
    )
    assert world.found(where={"a": "x\ufffdy\ufffd"}) in ([1], [])
    if world.found(where={"a": "x\ufffdy\ufffd"}):  # a jsonb column takes no such text from anybody
        assert world.found(where={"a": "x\0y\ud800"}) == [1]
        assert world.found(where={"\ufffd": 1}) == world.found(where={"\udc00": 1}) == [2]
    assert world.found(where={"a": "😀"}) == [3]


def test_predicates_take_numbers_of_any_size(world: World) -> None:
    world.write(
        *({"metadata": f'{{"step": {number}}}'} for number in ("1", "-5", "1.5", "1e400", "0", "1e-16383", "9e131071"))
    )
    assert world.found(where="step<1" + "0" * 140_000) == [1, 2, 3, 4, 5, 6, 7]
    for written in ("1e9999999", "1E+99999999999999999999", "1" + "0" * 5_000 + "e131072"):
        assert world.found(f"meta.step<{written}") == world.found(where=f"step<={written}") == [1, 2, 3, 4, 5, 6, 7]
        assert world.found(f"meta.step>=-{written}") == [1, 2, 3, 4, 5, 6, 7]
        for none in (f"meta.step>={written}", f"meta.step:{written}", f"meta.step<-{written}"):
            assert world.found(none) == []
    tiny = Decimal("1E-9999999")
    assert world.found(where={"step": {"$gt": tiny}}) == [1, 3, 4, 6, 7]
    assert world.found(where={"step": {"$lt": tiny}}) == [2, 5]
    assert world.found(where={"step": {"$gte": -tiny}}) == [1, 3, 4, 5, 6, 7]
    near = "1.5" + "0" * 20_000
    assert world.found(where={"step": {"$gt": Decimal(near + "1")}}) == [4, 7]
    assert world.found(where={"step": {"$lte": Decimal(near + "1")}}) == [1, 2, 3, 5, 6]
    assert world.found(where={"step": Decimal(near)}) == world.found(where={"step": {"$in": [Decimal(near)]}}) == [3]
    assert world.found(where={"step": {"$lt": 10**5_000}}) == [1, 2, 3, 4, 5, 6]
    assert world.found(where={"step": {"$in": [10**5_000, tiny, 1]}}) == [1]
    assert world.found(where={"step": {"$ne": 10**140_000}}) == [1, 2, 3, 4, 5, 6, 7]


def test_infinity_and_nan_mean_what_they_say(world: World) -> None:
    world.write({"metadata": '{"x": 1}'}, {"metadata": '{"x": 1e400}'}, {"metadata": '{"x": "inf"}'}, {"metadata": "{}"})
    every, numbers = [1, 2, 3, 4], [1, 2]
    nan, none = float("nan"), list[int]()
    for condition, expected in (
        ({"$lt": INF}, numbers),
        ({"$lte": INF}, numbers),
        ({"$gt": -INF}, numbers),
        ({"$gte": -INF}, numbers),
        ({"$gt": INF}, none),
        ({"$lt": -INF}, none),
        ({"$eq": INF}, none),
        (INF, none),
        ({"$ne": INF}, every),
        ({"$in": [INF, 1, nan]}, [1]),
        ({"$nin": [INF, nan]}, every),
        ({"$contains": nan}, none),
        ([nan], none),
        *(({f"${name}": nan}, none) for name in ("lt", "lte", "gt", "gte", "eq")),
        ({"$ne": nan}, every),
        ({"$not": {"$lt": nan}}, every),
        ({"$lt": Decimal("sNaN")}, none),
        ({"$lt": Decimal("Infinity")}, numbers),
    ):
        assert world.found(where={"x": condition}) == expected, condition
        assert world.found(where={"$not": {"x": condition}}) == [one for one in every if one not in expected]
    for text, expected in (
        ("x<inf", numbers),
        ("x<=Infinity", numbers),
        ("x>-inf", numbers),
        ("x>inf", none),
        ("x>nan", none),
        ("x:inf", [3]),
        ("x!=inf", [1, 2, 4]),
        ("x!=nan", every),
        ('x>"a"', [3]),
    ):
        assert world.found(where=text) == world.found(f"meta.{text}") == expected, text
    assert world.found(where='{"x": {"$lt": Infinity}}') == numbers
    assert world.found(where='{"x": {"$gte": NaN}}') == none


def test_empty_combinations_mean_what_they_say(world: World) -> None:
    world.write({"metadata": '{"x": 1}'}, {})
    for where, expected in (
        ({"$and": []}, [1, 2]),
        ({"$or": []}, []),
        ({"$not": {"$and": []}}, []),
        ({"$not": {"$or": []}}, [1, 2]),
        ({"x": 1, "$or": []}, []),
        ({"x": 1, "$and": []}, [1]),
        ({"$or": [{"$or": []}, {"x": 1}]}, [1]),
        ({"$or": [{"$and": []}, {"x": 1}]}, [1, 2]),
        ({"$and": [{"$or": []}]}, []),
    ):
        assert world.found(where=where) == world.found("x", where=where) == expected, where
        assert world.store.search("x", where=where, total=True, facets=["ai"]).total == len(expected)
    with pytest.raises(InputError, match="list of conditions"):
        world.found(where={"$or": {"x": 1}})


def test_a_key_deeper_than_metadata_is_read_is_not_there(world: World) -> None:
    text = '{"a":' * MAX_LEVELS + "1" + "}" * MAX_LEVELS
    world.write({"metadata": text}, {"metadata": '{"a":' + text + "}"})
    for length, expected in ((MAX_LEVELS, [1]), (MAX_LEVELS + 1, []), (5_000, [])):
        path = ".".join("a" * length)
        assert world.found(where={path: 1}) == world.found(where={path: {"$exists": True}}) == expected
        assert world.found(where={path: {"$exists": False}}) == [one for one in (1, 2) if one not in expected]


def test_a_value_deeper_than_metadata_is_read_is_refused(world: World) -> None:
    for levels in (MAX_LEVELS + 1, 100_000):
        value: Any = 1
        for _ in range(levels):
            value = [value]
        with pytest.raises(InputError, match="nests"):
            world.found(where={"a": value})
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InputError):
        world.found(where={"a": endless})


@pytest.mark.parametrize("levels", [MAX_LEVELS + 1, 700, 20_000])
@pytest.mark.parametrize("as_text", [True, False], ids=["text", "dict"])
def test_add_stores_metadata_of_any_depth_as_text(world: World, levels: int, as_text: bool) -> None:
    text = deep(levels).replace(" ", "")
    value: Any = 1
    for _ in range(levels - 1):
        value = [value]
    ident = world.store.add("x", metadata=text if as_text else {"plain": 1, "a": value})
    world.store.add_many([{"thought_content": "x", "metadata": text if as_text else {"plain": 1, "a": value}}])
    for number in (ident, ident + 1):
        thought = world.store.get(number)
        assert thought is not None
        assert (thought.metadata, thought.metadata_text) == ({}, text)
    assert world.found(where={"plain": 1}) == []


def test_add_stores_numbers_of_any_length(world: World) -> None:
    ident = world.store.add("x", metadata={"n": 10**5_000, "plain": 1})
    assert world.found(where={"plain": 1, "n": {"$gt": 10**4_999}}) == [ident]


def test_add_refuses_metadata_that_holds_itself(world: World) -> None:
    endless: dict[str, Any] = {}
    endless["a"] = [endless]
    with pytest.raises(InputError, match="Circular"):
        world.store.add("x", metadata=endless)


def test_what_is_read_depends_on_no_limit_of_the_interpreter() -> None:
    usual = sys.getrecursionlimit()
    texts = [deep(levels) for levels in (1, MAX_LEVELS, MAX_LEVELS + 1, 500, 2_000, 100_000)]
    expected = [True, True, False, False, False, False]
    try:
        for limit in (usual, 600, 5_000):
            sys.setrecursionlimit(limit)
            assert [object_of(text) is not None for text in texts] == expected
    finally:
        sys.setrecursionlimit(usual)


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_what_python_s_encoder_gives_up_on_is_written_as_it_would_be(value: Any) -> None:
    plain, nested = dumps(value), value
    for _ in range(5_000):
        nested = [nested]
    assert dumps(nested) == "[" * 5_000 + plain + "]" * 5_000


@given(st.text(st.sampled_from('[]{}"\\a,:'), max_size=40))
def test_any_text_can_be_asked_how_deep_it_nests(text: str) -> None:
    assert not too_deep(text)
    assert too_deep('{"a":' * 101 + text)
    assert not too_deep('"' + ("[" + text) * 3 + "[" * 200 if '"' not in text else "")


def test_keys_are_found_where_a_writer_left_bytes_that_are_no_text(world: World) -> None:
    if not world.url.endswith(".db"):
        return  # only SQLite takes such bytes
    world.execute(
        "INSERT INTO ai_thought_history (ai_id, thought_content, metadata) VALUES (1, 'x', CAST(? AS TEXT))",
        [b'{"a\xff": "b\xfe"}'],
    )
    assert world.found(where={"a\ufffd": "b\ufffd"}) == [1]
