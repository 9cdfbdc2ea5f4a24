"""Arguments that can't be used are refused in a sentence that says what could."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World
from thoughtsearch import InputError

WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"limit": 0}, "limit"),
    ({"limit": 10_001}, "10000"),
    ({"limit": "10"}, "limit"),
    ({"limit": True}, "limit"),
    ({"match": "some"}, "any"),
    ({"mode": "fast"}, "auto"),
    ({"ai": 1.5}, "ai takes"),
    ({"ai": 2**63}, "ai takes"),
    ({"session_id": 1.5}, "session_id"),
    ({"cycle": "x..y"}, "cycle"),
    ({"cycle": "5..1"}, "1..5"),
    ({"cycle": (1.5, 2)}, "cycle"),
    ({"cycle": 1.5}, "cycle"),
    ({"cycle": (1, 2, 3)}, "cycle"),
    ({"cycle": 2**64}, "cycle"),
    ({"cycle": True}, "cycle"),
    ({"thought_type": 5}, "thought_type"),
    ({"ai": []}, "ai takes"),
    ({"ai": [1, True]}, "a list of them"),
    ({"ai": {1: 2}}, "ai takes"),
    ({"ai": range(10_001)}, "10,000"),
    ({"ai": 1, "ai_id": 1}, "ai or ai_id.*both"),
    ({"cycle_number": 1.5}, "cycle takes"),
    ({"cycle_number": 1, "cycle": None}, "cycle or cycle_number"),
    ({"session": 1, "session_id": 2}, "session_id or session"),
    ({"type": 5}, "thought_type takes a text"),
    ({"type": "a", "thought_type": "b"}, "thought_type or type"),
    ({"thought_type": []}, "list of texts"),
    ({"thought_type": ["a", 1]}, "list of texts"),
    ({"tags": 5}, "tags takes a list"),
    ({"tags": [1]}, "tags takes a list"),
    ({"any_tags": 5}, "any_tags"),
    ({"not_tags": b"x"}, "not_tags"),
    ({"facets": ["colour"]}, "facets are"),
    ({"facets": "ai"}, "facets takes a list"),
    ({"where": "nonsense"}, "step>=10"),
    ({"where": 5}, "dict"),
    ({"where": {"a": {"$regex": "x"}}}, r"\$regex"),
    ({"where": {"$nor": []}}, r"\$nor"),
    ({"where": {"$and": {}}}, r"\$and takes a list"),
    ({"where": {"a": {"$gt": 1, "b": 2}}}, "mixed"),
    ({"where": {"a": {"$in": 5}}}, "list"),
    ({"where": {"a": {"$exists": 1}}}, "true or false"),
    ({"where": {"a": object()}}, "JSON"),
    ({"where": {"a..b": 1}}, "path"),
    ({"where": {"": 1}}, "path"),
    ({"where": {5: 1}}, "strings"),
    ({"where": "{broken"}, "JSON"),
    ({"since": "someday"}, "2026-02-01"),
    ({"since": "2026-02-30"}, "2026-02-01"),
    ({"until": 5}, "time"),
    ({"since": "9999999999y"}, "time"),
    ({"colour": "red"}, "colour"),
)


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_arguments_are_refused_in_a_sentence(world: World, number: int) -> None:
    options, word = WRONG[number]
    with pytest.raises(InputError, match=word) as caught:
        world.store.search("wal", **options)
    assert len(str(caught.value)) < 500
