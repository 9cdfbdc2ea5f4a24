"""What may be stored, how it is cleaned, and how the rest is refused before anything is written."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from tests.world import World
from thoughtsearch import InputError, Store

WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"thought_content": ""}, "words"),
    ({"thought_content": " \n"}, "words"),
    ({"thought_content": None}, "text"),
    ({"thought_content": b"x"}, "text"),
    ({"thought_content": 5}, "text"),
    ({"ai_id": "x"}, "ai_id"),
    ({"ai_id": 1.5}, "ai_id"),
    ({"ai_id": True}, "ai_id"),
    ({"ai_id": 2**63}, "ai_id"),
    ({"session_id": "one"}, "session_id"),
    ({"cycle_number": 10**20}, "cycle_number"),
    ({"thought_type": 5}, "thought_type"),
    ({"tags": 5}, "tags"),
    ({"tags": [1]}, "tag"),
    ({"tags": ["a,b"]}, "comma"),
    ({"tags": b"x"}, "tags"),
    ({"tags": {"a": 1}}, "tags"),
    ({"metadata": "not json"}, "JSON"),
    ({"metadata": "[1]"}, "object"),
    ({"metadata": [1]}, "object"),
    ({"metadata": {"a": object()}}, "JSON"),
    ({"metadata": {"a": float("nan")}}, "JSON"),
    ({"metadata": '{"a": NaN}'}, "JSON"),
    ({"created_at": "yesterday"}, "created_at"),
    ({"created_at": "2026-02-30"}, "created_at"),
    ({"created_at": 5}, "created_at"),
    ({"colour": "red"}, "colour"),
)


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_cant_be_stored_is_refused_by_column(store: Store, number: int) -> None:
    columns, word = WRONG[number]
    record = {"thought_content": "x"} | columns
    with pytest.raises(InputError, match=word):
        store.add(record.pop("thought_content"), **record)
    with pytest.raises(InputError, match="Record 1: .*" + word):
        store.add_many([{"thought_content": "fine"}, {"thought_content": "x"} | columns])
    assert list(store.export()) == []


@pytest.mark.parametrize("record", [None, 5, "text", ["x"], object()])
def test_what_is_no_record_is_refused(store: Store, record: Any) -> None:
    with pytest.raises(InputError, match="Record 0"):
        store.add_many([record])


def test_the_batches_before_a_wrong_record_are_stored(store: Store) -> None:
    records: list[dict[str, Any]] = [{"thought_content": f"n{n}"} for n in range(1_500)]
    records[1_200] = {"thought_content": ""}
    with pytest.raises(InputError, match="Record 1200"):
        store.add_many(records)
    assert store.stats()["thoughts"] == 1_000


def test_nul_and_lone_surrogates_are_replaced_everywhere(world: World) -> None:
    bad = "a\x00b\ud800c"
    ident = world.store.add(bad, thought_type=bad, tags=[bad], metadata={bad: [bad]})
    thought = world.store.get(ident)
    good = "a\ufffdb\ufffdc"
    assert thought is not None
    assert (thought.thought_content, thought.thought_type, thought.tags) == (good, good, (good,))
    assert thought.metadata == {good: [good]}
    assert world.found(bad) == world.found(tags=[bad]) == world.found(thought_type=bad) == [ident]
    assert world.found(where={bad: {"$contains": bad}}) == [ident]
    assert world.store.add("x", metadata='{"a": "\\ud800"}')


def test_forms_of_input_are_read(store: Store) -> None:
    ident = store.add(
        "x", ai_id="7", session_id="", tags=" a, b ,,a", metadata='{"b": 1}', created_at="2026-01-02T03:04:05+02:00"
    )
    thought = store.get(ident)
    assert thought is not None
    assert (thought.ai_id, thought.session_id, thought.tags, thought.metadata) == (7, None, ("a", "b"), {"b": 1})
    assert thought.created_at == datetime(2026, 1, 2, 1, 4, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize("year", [1, 999, 1900, 9999])
def test_every_year_comes_back_and_is_found(world: World, year: int) -> None:
    moment = datetime(year, 6, 7, 8, 9, 10, 11, tzinfo=timezone.utc)
    ident = world.store.add("x", created_at=moment)
    thought = world.store.get(ident)
    assert thought is not None
    assert thought.created_at == moment
    assert world.found(since=moment, until=moment) == [ident]
    assert world.found(since=f"{year:04}-06-07", until=f"{year:04}-06-07") == [ident]


def test_a_thought_of_five_megabytes_is_stored_and_found_by_its_first_words(world: World) -> None:
    text = "extraordinary beginning " + "filler words 日本 " * 300_000
    ident = world.store.add(text)
    (hit,) = world.store.search("extraordinary beginning")
    assert hit.id == ident
    assert hit.thought.thought_content == text
    assert len(hit.snippet.text) < 300
    assert world.store.stats()["capped"] == 1
    world.execute("DELETE FROM ai_thought_history WHERE id = ?", [ident])
    assert world.found("extraordinary") == []
