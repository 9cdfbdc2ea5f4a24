"""Any text is a query: none raises, none is syntax to the engine, and what breaks other search boxes finds its row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.query_strategies import query_texts
from tests.strategies import texts
from tests.world import Fresh, World, ids
from thoughtsearch import QueryError, Store

BREAKERS = (
    *("C++", "c#", "foo.bar", "/usr/local/bin", "don't", "multi-agent", "ADR-016", "550e8400-e29b-41d4-a716-446655440000"),
    *(
        "E0308",
        "user@host.com",
        "v1.2.3",
        "a:b",
        '"',
        "*",
        "^x",
        "NEAR(a b)",
        "-",
        "NOT x",
        "col:",
        "🚀",
        "👍🏽",
        "🇫🇷",
        "👨‍👩‍👧",
    ),
    *(
        "->",
        "==",
        "!=",
        "x = y;",
        "SELECT * FROM t",
        "'; DROP TABLE ai_thought_history; --",
        "%",
        "_",
        "\\",
        "{}",
        "[x]",
        "$1",
        "?1",
    ),
    *(
        ":match",
        "thought_content:x",
        "thought_content : x",
        "{thought_content}",
        "a AND",
        "OR",
        "AND",
        "NOT",
        "()",
        "(",
        ")",
        "a*b",
    ),
    *(
        "f(x)",
        "::",
        "http://example.com/a?b=c&d=e#f",
        "C:\\temp",
        "~/x",
        "$HOME",
        "#12",
        "@me",
        "1e5",
        "0x1F",
        "-1",
        "+1",
        "1/2",
        "…",
    ),
    *("naïve", "Ünïcödé", "日", "日本", "ﾃﾞｰﾀ", "한", "\u200b", "a\u200bb", "\ufeff", "\u202etest", "ﬁ", "Ⅷ", "²", "İ"),
)
#: For these the query means something else than the text: a filter over all, nothing at all, or an exclusion.
MEANS_ELSE = {"NOT x", "()", "-1"}


def refusal(store: Store, query: str, **options: Any) -> QueryError | None:
    """The QueryError that the query raises, if it does. Any other error fails the test."""
    try:
        results = store.search(query, **options)
    except QueryError as error:
        return error
    assert all(isinstance(warning, str) and warning for warning in results.warnings)
    return None


@pytest.mark.parametrize("text", [text for text in BREAKERS if text not in MEANS_ELSE])
@pytest.mark.parametrize("match", ["any", "all"])
def test_what_breaks_other_searches_finds_the_thought_that_holds_it(world: World, text: str, match: str) -> None:
    alone, among, *_ = world.say(text, f"before {text} after", "something different", "日語")
    assert {alone, among} <= set(world.found(text, match=match))
    if text.strip('"'):
        assert alone in world.found(f'"{text.replace(chr(34), "")}"', match=match)


@pytest.mark.parametrize("text", BREAKERS)
def test_what_breaks_other_searches_raises_nothing_but_a_query_error_where_strict(world: World, text: str) -> None:
    world.say(text)
    for query in (text, f"word {text}", f"({text}", f'"{text}', f"-{text}", f"+{text} x", f"{text}*"):
        world.found(query)
        error = refusal(world.store, query, strict=True)
        assert error is None or 0 <= error.position <= len(query)


def test_the_empty_text_finds_every_thought_newest_first(world: World) -> None:
    written = [world.store.add("x", created_at=f"2026-01-0{day}") for day in (2, 3, 1)]
    for text in ("", " ", "\n\t", "\u3000"):
        results = world.store.search(text)
        assert ids(results.hits) == [written[1], written[0], written[2]]
        assert {hit.score for hit in results} == {0.0}


def test_a_query_of_nothing_but_an_unknown_sign_finds_nothing(world: World) -> None:
    world.say("plain words")
    assert world.found("🚀") == []


@given(query=query_texts, match=st.sampled_from(["any", "all"]), strict=st.booleans(), content=texts())
@example("\x00", "any", False, "x")
@example("\ud800 \udfff", "any", False, "x")
@example('"\x00"', "all", False, "x")
@example("tag:\x00 meta.\x00:\ud800", "any", False, "x")
@example("type:\ud800", "any", True, "x")
def test_no_text_raises_anything_but_a_query_error_where_strict(
    shared: Store, query: str, match: str, strict: bool, content: str
) -> None:
    options: dict[str, Any] = {"match": match, "strict": strict, "total": True, "facets": ["tags"], "explain": True}
    error = refusal(shared, query, **options)
    if error:
        assert strict
        assert 0 <= error.position <= len(query)
        assert error.reason.rstrip(".")
        assert len(error.caret().split("\n")) == 2


@given(text=texts(4))
def test_a_thought_is_found_by_its_own_words_in_quotes(fresh: Fresh, text: str) -> None:
    text = text.replace('"', " ")
    with fresh() as world:
        if not text.strip():
            return
        own, _ = world.say(text, "unrelated")
        assert own in world.found(f'"{text}"')
