"""The query language, example by example."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World, ids

ROWS: tuple[dict[str, Any], ...] = (
    {"thought_content": "The lock was held by the export job", "thought_type": "insight", "tags": "sqlite,locking"},
    {
        "thought_content": "A busy timeout hides a lock",
        "thought_type": "question",
        "tags": "sqlite",
        "metadata": '{"step": 4}',
    },
    {"thought_content": "Exporting in batches", "ai_id": 2, "session_id": 3, "cycle_number": 7, "tags": "two words"},
    {"thought_content": "job export", "created_at": "2026-02-01", "metadata": '{"a": {"b": "x y"}, "status": "done"}'},
    {"thought_content": "who is it? The C++ compiler -> C# 🚀", "thought_type": "what is it"},
)


@pytest.fixture
def rows(world: World) -> World:
    world.write(*({"created_at": "2025-01-01", **row} for row in ROWS))
    return world


FINDS: tuple[tuple[str, list[int]], ...] = (
    # free words are any-of; stems, cases, types and tags count as text
    ("lock", [1, 2]),
    ("LOCKED locks", [1, 2]),
    ("lock batches", [1, 2, 3]),
    ("exports", [1, 3, 4]),
    ("insight", [1]),
    ("sqlite", [1, 2]),
    ("locking", [1, 2]),
    ("nowhere", []),
    ("lock nowhere", [1, 2]),
    # phrases, required and excluded
    ('"export job"', [1]),
    ('"job export"', [4]),
    ('"export job" nowhere', [1]),
    ('"export job" "busy"', []),
    ("“export job”", [1]),
    ('"the"', [1, 5]),
    ("+lock busy", [1, 2]),
    ("+lock +busy", [2]),
    ("lock -busy", [1]),
    ("lock NOT busy", [1]),
    ('lock -"busy timeout"', [1]),
    ("-lock", [3, 4, 5]),
    ("-lock -export", [5]),
    ("NOT lock", [3, 4, 5]),
    ("lock - busy", [1, 2]),
    ("not lock", [1, 2]),
    # AND, OR, parentheses; a parenthesised remark is no condition
    ("lock AND busy", [2]),
    ("lock AND nowhere", []),
    ("busy OR batches", [2, 3]),
    ("lock AND busy OR batches", [2, 3]),
    ("lock AND (busy OR export)", [1, 2]),
    ("(busy OR batches) -lock", [3]),
    ("-(lock OR batches)", [4, 5]),
    ("lock and busy", [1, 2]),
    ("lock (busy)", [1, 2]),
    ("+(busy OR held)", [1, 2]),
    # prefixes
    ("expo*", [1, 3, 4]),
    ("+expo* -lock", [3, 4]),
    ('"by the exp"*', [1]),
    ("compil*", [5]),
    # words with signs in them, and signs alone
    ("C++", [5]),
    ('"C#"', [5]),
    ("->", [5]),
    ("🚀", [5]),
    # function words are left out unless nothing else is there
    ("the lock", [1, 2]),
    ("who is it", [5]),
    ("is", [5]),
    ("the", [1, 5]),
    # filters
    ("type:insight", [1]),
    ("type:insight,question", [1, 2]),
    ('type:"what is it"', [5]),
    ("tag:sqlite", [1, 2]),
    ("tag:locking,nowhere", [1]),
    ('tag:"two words"', [3]),
    ("-tag:sqlite", [3, 4, 5]),
    ("tag:sqlite busy", [2]),
    ("tag:sqlite busy held", [1, 2]),
    ("ai:2", [3]),
    ("session:3", [3]),
    ("cycle:7", [3]),
    ("cycle:1..6", []),
    ("since:2026-01-01", [4]),
    ("until:2025", [1, 2, 3, 5]),
    ("meta.step:4", [2]),
    ("meta.step>=4", [2]),
    ("meta.step<4", []),
    ("meta.step!=4", [1, 3, 4, 5]),
    ('meta.a.b:"x y"', [4]),
    ("meta.status=done export", [4]),
    ("(tag:sqlite OR ai:2) -busy", [1, 3]),
    ("busy OR ai:2", [2, 3]),
    ("NOT (tag:sqlite OR ai:2)", [4, 5]),
    # what only looks like a filter is a word
    ("note:lock busy", [1, 2]),
    ("Tag:sqlite busy", [1, 2]),
    # a question in whole sentences: its signs are punctuation and its quotes are preferred
    ("Why was the lock held (by -export)?", [1, 2, 3, 4]),
    ('Who said that the "export job" was to blame?', [1, 3, 4]),
)


@pytest.mark.parametrize(("query", "expected"), FINDS)
def test_it_finds(rows: World, query: str, expected: list[int]) -> None:
    assert rows.found(query) == expected


ALL: tuple[tuple[str, list[int]], ...] = (
    ("lock export", [1]),
    ("the lock", [1, 2]),
    ("lock -export busy", [2]),
    ("lock OR batches", [1, 2, 3]),
    ("lock nowhere", []),
)


@pytest.mark.parametrize(("query", "expected"), ALL)
def test_with_match_all_every_free_word_is_required(rows: World, query: str, expected: list[int]) -> None:
    assert rows.found(query, match="all") == expected


FIRST = (("export job", 4), ('"export job"', 1), ("lock busy", 2), ("+lock export", 1), ("export batches", 3))


@pytest.mark.parametrize(("query", "first"), FIRST)
def test_more_of_the_words_in_less_text_is_better(rows: World, query: str, first: int) -> None:
    assert ids(rows.store.search(query))[0] == first


def test_optional_words_only_add_to_the_score(rows: World) -> None:
    plain, raised = rows.store.search("+lock"), rows.store.search("+lock timeout")
    assert sorted(ids(plain)) == sorted(ids(raised)) == [1, 2]
    assert raised[0].id == 2
    assert raised[0].score > max(hit.score for hit in plain)


def test_a_quoted_part_of_a_question_is_preferred(rows: World) -> None:
    results = rows.store.search('Who said that the "export job" was to blame?')
    assert results[0].id == 1
    assert any("preferred" in warning for warning in results.warnings)
