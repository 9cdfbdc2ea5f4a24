"""Queries at random: trees with every kind of node, and texts that look like queries or like nothing at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from tests.strategies import KEYS, TAGS, TYPES, WORDS, moments, scalars, texts, values, words
from thoughtsearch.query import predicates
from thoughtsearch.query.tree import (
    AgentIn,
    And,
    CreatedIn,
    CycleIn,
    Literal,
    MatchAll,
    Node,
    NonScoring,
    Not,
    Or,
    Phrase,
    SessionIn,
    SessionIs,
    Should,
    TagAll,
    TagIn,
    TagIs,
    TypeIn,
    TypeIs,
)
from thoughtsearch.query.words import parts, phrase
from thoughtsearch.query.words import phrases as phrases_of


def _phrases(text: str, prefix: bool, form: int) -> list[Phrase]:
    if form == 0:
        whole = phrase(text, prefix)
        return [whole] if whole else []
    return list(phrases_of(text, prefix)) if form == 1 else parts(text, prefix)


_written = st.one_of(words, words, texts(2), texts(3), st.sampled_from(["ind", "ru", "日", "デ", "кни", "инд", "caf"]))
phrases: st.SearchStrategy[Phrase] = (
    st.builds(_phrases, _written, st.booleans(), st.integers(0, 2)).filter(bool).flatmap(st.sampled_from)
)
literals = st.builds(Literal, st.one_of(words, st.sampled_from(["->", "🚀", "'", '"', "e", "\n", "🏽"])))

_paths = st.lists(st.sampled_from(KEYS), min_size=1, max_size=2).map(tuple) | st.just(("step",))


def _predicate(path: tuple[str, ...], condition: tuple[str, Any]) -> Node:
    return predicates.predicate(path, *condition)


conditions = st.one_of(
    st.tuples(st.sampled_from(["eq", "ne", "contains"]), values),
    st.tuples(st.sampled_from(["eq", "gt", "gte", "lt", "lte"]), scalars),
    st.tuples(st.sampled_from(["in", "nin"]), st.lists(scalars, max_size=3)),
    st.tuples(st.just("exists"), st.booleans()),
)
metas = st.builds(_predicate, _paths, conditions)


def _created(start: datetime | None, end: datetime | None) -> Node:
    return CreatedIn(start, end)


_ends = st.none() | st.integers(-1, 4)
filters: st.SearchStrategy[Node] = st.one_of(
    st.just(MatchAll()),
    st.builds(AgentIn, st.lists(st.integers(0, 3), max_size=2).map(tuple)),
    st.builds(SessionIs, st.integers(1, 2)),
    st.builds(TypeIs, st.sampled_from(TYPES)),
    st.builds(TagIs, st.sampled_from(TAGS)),
    st.builds(SessionIn, st.lists(st.integers(1, 3), max_size=2).map(tuple)),
    st.builds(TypeIn, st.lists(st.sampled_from(TYPES), max_size=2).map(tuple)),
    st.builds(TagIn, st.lists(st.sampled_from(TAGS), max_size=3).map(tuple)),
    st.builds(TagAll, st.lists(st.sampled_from(TAGS), min_size=1, max_size=2).map(tuple)),
    st.builds(CycleIn, _ends, _ends),
    st.builds(_created, st.none() | moments, st.none() | moments),
    metas,
    metas,
)
plain_phrases: st.SearchStrategy[Node] = st.one_of(phrases, phrases, literals, filters)


def _branches(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, inner),
        st.builds(Should, inner, st.lists(phrases, max_size=3).map(tuple)),
        st.builds(NonScoring, inner),
    )


def _usual(text: list[Phrase], rest: list[Node]) -> Node:
    first = Or(tuple(text)) if len(text) > 1 else text[0]
    return And((first, *rest)) if rest else first


#: Any tree, and the trees that queries mostly are: words, with filters and exclusions beside them.
trees: st.SearchStrategy[Node] = st.one_of(
    st.recursive(plain_phrases, _branches, max_leaves=8),
    st.builds(
        _usual,
        st.lists(phrases, min_size=1, max_size=3),
        st.lists(st.one_of(filters, phrases, st.builds(Not, phrases), st.builds(Not, filters)), max_size=3),
    ),
    st.lists(st.one_of(phrases, st.builds(Not, phrases)), min_size=1, max_size=4).map(lambda some: And(tuple(some))),
)

_PIECES = (
    *WORDS,
    *("AND", "OR", "NOT", "(", ")", '"', "“", "”", "+", "-", "*", "+index", "-run", "ind*", "検*", '"running index"'),
    *(
        '"日本語"',
        "tag:sqlite",
        'tag:"a b"',
        "-tag:wal",
        "type:insight",
        "ai:1",
        "ai:1,2",
        "session:1",
        "cycle:1..2",
        "cycle:3..",
    ),
    *(
        "since:2025-12-31",
        "until:2026-01-01",
        "since:7d",
        "meta.step>=1",
        "meta.step:1",
        'meta."a.b"=1',
        "meta.status!=done",
    ),
    *("tag:", "typ:x", "cycle:x", "meta.:", "NEAR(a b)", "col:", "^x", "a:b", "NOT x", "{", "}", "\\", "%", "_", "--", ";"),
)
shaped = st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from([" ", " ", ""])), max_size=10).map(
    lambda pieces: "".join(piece + blank for piece, blank in pieces)
)
#: Also NUL and lone surrogates.
arbitrary = st.text(max_size=30)
query_texts = st.one_of(shaped, shaped, arbitrary, texts(6))
