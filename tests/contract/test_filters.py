"""Filters: the same as arguments and in the text, exact, and wrong ones refused in a sentence."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.world import World

ROWS: tuple[dict[str, Any], ...] = (
    {"ai_id": 1, "session_id": 1, "cycle_number": 1, "thought_type": "insight", "tags": "a,b", "metadata": '{"step": 1}'},
    {"ai_id": 1, "session_id": 2, "cycle_number": 5, "thought_type": "Insight", "tags": "b, two words"},
    {"ai_id": 2, "session_id": 1, "cycle_number": None, "thought_type": None, "tags": "A,ab", "metadata": '{"step": 2}'},
    {"ai_id": 12, "session_id": None, "cycle_number": -3, "thought_type": "two words", "tags": None, "metadata": "broken"},
    {
        "ai_id": -4,
        "session_id": -1,
        "cycle_number": 2**63 - 1,
        "thought_type": 'q"t',
        "tags": 'q"t,日本',
        "metadata": '{"x": {"y": "a b"}}',
    },
)
TIMES = (
    "2026-01-01 10:00:00",
    "2026-01-01T23:59:59.999999",
    "2026-01-02T00:00:00Z",
    "2026-01-02T01:00:00+02:00",
    "nonsense",
)


@pytest.fixture
def filled(world: World) -> World:
    for row, time in zip(ROWS, TIMES, strict=True):
        world.write({**row, "thought_content": "wal thought", "created_at": time})
    return world


#: As arguments, in the text, and the ids found.
BOTH: tuple[tuple[dict[str, Any], str, list[int]], ...] = (
    ({"ai": 1}, "ai:1", [1, 2]),
    ({"ai": -4}, "ai:-4", [5]),
    ({"ai": 7}, "ai:7", []),
    ({"session_id": 1}, "session:1", [1, 3]),
    ({"session_id": -1}, "session:-1", [5]),
    ({"cycle": 5}, "cycle:5", [2]),
    ({"cycle": (1, 5)}, "cycle:1..5", [1, 2]),
    ({"cycle": (2, None)}, "cycle:2..", [2, 5]),
    ({"cycle": (None, 1)}, "cycle:..1", [1, 4]),
    ({"cycle": (None, None)}, "cycle:-9223372036854775807..", [1, 2, 4, 5]),
    ({"cycle": "-3..1"}, "cycle:-3..1", [1, 4]),
    ({"thought_type": "insight"}, "type:insight", [1]),
    ({"thought_type": "two words"}, 'type:"two words"', [4]),
    ({"thought_type": 'q"t'}, 'type:"q\\"t"', [5]),
    ({"tags": ["a"]}, "tag:a", [1]),
    ({"tags": ["A"]}, "tag:A", [3]),
    ({"tags": ["two words"]}, 'tag:"two words"', [2]),
    ({"tags": ["日本"]}, "tag:日本", [5]),
    ({"tags": ["a", "b"]}, "tag:a tag:b", [1]),
    ({"any_tags": ["a", "A"]}, "tag:a,A", [1, 3]),
    ({"not_tags": ["b"]}, "-tag:b", [3, 4, 5]),
    ({"not_tags": ["a", "A"]}, "-tag:a,A", [2, 4, 5]),
    ({"where": {"step": 1}}, "meta.step:1", [1]),
    ({"where": {"step": {"$ne": 1}}}, "meta.step!=1", [2, 3, 4, 5]),
    ({"where": "step>1"}, "meta.step>1", [3]),
    ({"where": {"x.y": "a b"}}, 'meta.x.y:"a b"', [5]),
    ({"since": "2026-01-02"}, "since:2026-01-02", [3]),
    ({"until": "2026-01-01"}, "until:2026-01-01", [1, 2, 4]),
    ({"since": "2026-01-01T23:00"}, "since:2026-01-01T23:00", [2, 3, 4]),
    ({"until": "2026-01-01T10:00:00"}, 'until:"2026-01-01T10:00:00"', [1]),
    ({"since": "2026-01-01T23:59:59.999999"}, "since:2026-01-01T23:59:59.999999", [2, 3]),
    ({"since": "2026-01-02T02:00+02:00"}, "since:2026-01-02T02:00+02:00", [3]),
    ({"since": "2026", "until": "2026"}, "since:2026 until:2026", [1, 2, 3, 4]),
    ({"since": "2026-01", "until": "2026-01"}, "since:2026-01 until:2026-01", [1, 2, 3, 4]),
)


@pytest.mark.parametrize("number", range(len(BOTH)))
def test_arguments_and_the_same_in_the_text_find_the_same(filled: World, number: int) -> None:
    options, text, expected = BOTH[number]
    for query in ("", "wal"):
        assert filled.found(query, **options) == expected
        assert filled.found(f"{query} {text}") == expected
        assert filled.found(f"{text} {query}", match="all", strict=True) == expected
    rest = [one for one in range(1, 6) if one not in expected]
    assert filled.found(text[1:] if text[0] == "-" else f"NOT ({text})") == rest


def test_times_may_be_dates_and_datetimes(filled: World) -> None:
    assert filled.found(since=date(2026, 1, 2)) == [3]
    assert filled.found(until=date(2026, 1, 1)) == [1, 2, 4]
    assert filled.found(since=datetime(2026, 1, 1, 23)) == [2, 3, 4]
    zone = timezone(timedelta(hours=2))
    assert filled.found(since=datetime(2026, 1, 2, 2, tzinfo=zone)) == [3]
    assert filled.found(until=datetime(2026, 1, 1, 10)) == [1]


def test_relative_times_refer_to_now(world: World) -> None:
    now = datetime.now(timezone.utc)
    for hours in (1, 30, 24 * 8, 24 * 40, 24 * 400):
        world.store.add("x", created_at=now - timedelta(hours=hours))
    for text, expected in (
        ("2h", [1]),
        ("2d", [1, 2]),
        ("90m", [1]),
        ("2w", [1, 2, 3]),
        ("2mo", [1, 2, 3, 4]),
        ("2y", [1, 2, 3, 4, 5]),
    ):
        assert world.found(since=text) == world.found(f"since:{text}") == expected
        assert world.found(until=text) == [one for one in range(1, 6) if one not in expected]
    assert world.found(until="now") == [1, 2, 3, 4, 5]
    assert set(world.found(since="yesterday")) >= {1}


def test_agents_are_found_by_name_and_nickname(filled: World) -> None:
    filled.execute("CREATE TABLE ai_profiles (id INTEGER PRIMARY KEY, name TEXT, nickname TEXT)", ())
    for profile in ((1, "Ada Lovelace", "ada"), (2, "Grace", None), (12, "Ada Lovelace", ""), (-4, None, "7")):
        filled.execute("INSERT INTO ai_profiles VALUES (?, ?, ?)", profile)
    for name, expected in (("ada", [1, 2]), ("ADA LOVELACE", [1, 2, 4]), ("grace", [3]), ("7", [5]), ("gr", [])):
        assert filled.found(ai=name) == filled.found(f'ai:"{name}"') == expected
    assert filled.found("ai:ada,grace") == [1, 2, 3]
    assert filled.found("ai:7") == []
    assert filled.found("-ai:ada") == [3, 4, 5]
    results = filled.store.search("wal", ai="nobody", facets=["ai"])
    assert not results.hits
    assert "nobody" in results.warnings[0]
    assert "Grace" in results.warnings[0]
    facet = filled.store.search("", facets=["ai"]).facets["ai"]
    assert {value.value: value.label for value in facet} == {1: "Ada Lovelace", 2: "Grace", 12: "Ada Lovelace", -4: "7"}
    assert filled.store.agents() == {1: "Ada Lovelace", 2: "Grace", 12: "Ada Lovelace", -4: "7"}


def test_without_names_a_name_is_warned_about(filled: World) -> None:
    results = filled.store.search("ai:ada")
    assert len(results) == 0
    assert "ai:3" in results.warnings[0]
