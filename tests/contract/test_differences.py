"""Each declared difference is so where it is declared, and nowhere else; tests excuse no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.world import World
from thoughtsearch import InputError
from thoughtsearch.engines.differences import DIFFERENCES, KINDS, as_markdown, differences, differs
from thoughtsearch.location import locate
from thoughtsearch.operations.doctor import Doctor

TESTS = Path(__file__).parents[1]
SUITES = ("contract", "transfer", "embeddings")
#: What runs on every engine, and so may not ask which one it is.
ON_EVERY_ENGINE = [TESTS / "world.py", *(path for suite in SUITES for path in (TESTS / suite).glob("*.py"))]
_ENGINE = r"""["'](sqlite|postgres)"""
_ASKS_FOR_THE_ENGINE = re.compile(rf"\b(engine|name|kind|shape)\b ?[!=]= ?{_ENGINE}|\bif .*startswith\({_ENGINE}")
#: They make or drive databases of one engine, and excuse nothing.
_MAKES_ONE = {"world.py": 1, "cloudbrain.py": 1, "test_cloudbrain.py": 1}


def test_metadata_is_rewritten(world: World) -> None:
    world.write({"metadata": '{"bb": 1, "a": 1e300}'})
    thought = world.store.get(1)
    assert thought is not None
    rewritten = list(thought.metadata) != ["bb", "a"] and isinstance(thought.metadata["a"], int)
    assert rewritten == differs("metadata-rewritten", world.kind)


def test_long_words(world: World) -> None:
    (ident,) = world.say("a" * 1_100)
    assert world.found("a" * 1_100) == world.found("a" * 900 + "*") == [ident]
    assert (world.found("a" * 1_000 + "*") == []) == differs("long-words", world.kind)


def test_times_after_9999(world: World) -> None:
    world.say("before")
    world.execute("INSERT INTO ai_thought_history (ai_id, thought_content, created_at) VALUES (1, 'x', '12000-01-01')", ())
    world.say("after")
    first, *_ = world.store.search()
    assert (first.thought.thought_content == "x") == differs("times-after-9999", world.kind)
    assert [one.created_at for one in world.store.export()].count(None) == 1


@pytest.mark.parametrize(
    ("key", "column", "value"),
    [
        ("typed-values", "created_at", "gestern"),
        ("typed-values", "ai_id", "ada"),
        ("typed-values", "thought_content", "nul \0 within"),
        ("typed-metadata", "metadata", "[1, 2"),
    ],
)
def test_values_of_no_type(world: World, key: str, column: str, value: str) -> None:
    given: dict[str, Any] = {"ai_id": 1, "thought_content": "x", column: value}

    def store() -> None:
        names, marks = ", ".join(given), ", ".join("?" * len(given))
        world.execute(f"INSERT INTO ai_thought_history ({names}) VALUES ({marks})", list(given.values()))

    if differs(key, world.kind):
        with pytest.raises(psycopg.DataError):
            store()
    else:
        store()


def test_tags_as_an_array(world: World) -> None:
    given: Any = ["a,b"] if differs("tags-as-array", world.kind) else "a,b"
    world.execute("INSERT INTO ai_thought_history (ai_id, thought_content, tags) VALUES (1, 'x', ?)", (given,))
    (hit,) = world.store.search()
    assert (hit.thought.tags == ("a,b",)) == differs("tags-as-array", world.kind)


def test_small_columns(world: World) -> None:
    if not differs("small-columns", world.kind):
        world.store.add("x", session_id=2**40)
        return

    def alter(kind: str) -> None:
        world.execute(f"ALTER TABLE ai_thought_history ALTER COLUMN session_id TYPE {kind}", ())

    alter("integer")
    try:
        with thoughtsearch.open(world.url) as store, pytest.raises(InputError, match="is of type integer in this table"):
            store.add("x", session_id=2**40)
    finally:
        alter("bigint")


def test_doctor_lists_them(world: World) -> None:
    report = Doctor(locate(world.url)).examine().to_dict()
    assert report["differences"] == [one.key for one in differences(world.kind)]


def test_a_difference_that_is_not_declared_excuses_nothing() -> None:
    with pytest.raises(KeyError):
        differs("whatever", "sqlite")


def test_every_difference_is_asked_for_by_a_test() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    assert [key for key in DIFFERENCES if f'"{key}"' not in text] == []


@pytest.mark.parametrize("path", ON_EVERY_ENGINE, ids=lambda path: path.name)
def test_what_runs_on_every_engine_asks_for_differences_alone(path: Path) -> None:
    found = [line for line in path.read_text(encoding="utf-8").splitlines() if _ASKS_FOR_THE_ENGINE.search(line)]
    assert len(found) <= _MAKES_ONE.get(path.name, 0), found


def test_the_table_says_each_once_and_in_sentences() -> None:
    assert {one.key for kind in KINDS for one in differences(kind)} == set(DIFFERENCES)
    for one in DIFFERENCES.values():
        assert one.what in as_markdown()
        assert one.on
        assert set(one.on) < set(KINDS)
        assert one.what.endswith(".")
        assert one.why.endswith(".")
