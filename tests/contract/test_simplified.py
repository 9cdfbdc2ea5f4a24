"""A simplified tree accepts the same thoughts and scores the same leaves as the one that was written, on every engine."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query_strategies import metas, trees
from tests.strategies import many_rows
from tests.world import Fresh
from thoughtsearch.query.holding import test_of as made_ready
from thoughtsearch.query.match import match
from thoughtsearch.query.predicates import cached_object
from thoughtsearch.query.request import request
from thoughtsearch.query.simplify import simplify
from thoughtsearch.query.tree import (
    AgentIn,
    And,
    CycleIn,
    MatchAll,
    Meta,
    Node,
    Not,
    Or,
    Phrase,
    SessionIn,
    TagAll,
    TagIn,
    TypeIn,
    Word,
    scoring_phrases,
)

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


@given(rows=many_rows(), nodes=st.lists(trees, min_size=1, max_size=10))
def test_it_finds_and_scores_the_same(fresh: Fresh, rows: list[dict[str, Any]], nodes: list[Node]) -> None:
    with fresh() as world:
        world.write(*rows)
        documents = world.documents()
        for node in nodes:
            short = simplify(node)
            assert scoring_phrases(short) == scoring_phrases(node)
            assert [match(short, one) for one in documents.values()] == [match(node, one) for one in documents.values()]
            found, wanted = world.ranked(short), world.ranked(node)
            assert [ident for ident, _ in found] == [ident for ident, _ in wanted]
            assert [score for _, score in found] == pytest.approx([score for _, score in wanted], rel=1e-9, abs=1e-300)


_of_metadata: st.SearchStrategy[Node] = st.recursive(
    metas,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(lambda some: And(tuple(some))),
        st.lists(inner, min_size=1, max_size=4).map(lambda some: Or(tuple(some))),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)


@given(rows=many_rows(), nodes=st.lists(_of_metadata, min_size=1, max_size=10))
def test_predicates_made_ready_mean_what_each_one_means(
    fresh: Fresh, rows: list[dict[str, Any]], nodes: list[Node]
) -> None:
    with fresh() as world:
        world.write(*rows)
        for document in world.documents().values():
            for node in nodes:
                wanted = match(node, document)
                assert made_ready(node)(cached_object(document.metadata)) == wanted
                assert made_ready(simplify(node))(cached_object(document.metadata)) == wanted


def tree(query: str = "", **options: Any) -> Node:
    return simplify(request(query, options).parsed(NOW).node)


def word(text: str) -> Phrase:
    return Phrase((Word(text, text),))


A, B, C = map(word, ("alpha", "beta", "delta"))


@pytest.mark.parametrize(
    ("query", "short"),
    [
        ("tag:a OR tag:b OR tag:a", TagIn(("a", "b"))),
        ("(tag:a OR (tag:b OR tag:c)) tag:d..x", None),
        ("type:a,b OR type:c", TypeIn(("a", "b", "c"))),
        ("session:1,2 OR session:2,3", SessionIn((1, 2, 3))),
        ("ai:1,2 ai:2,3", AgentIn((2,))),
        ("-tag:a -tag:b", Not(TagIn(("a", "b")))),
        (" ".join(f"tag:{n}" for n in range(9)), TagAll(tuple(map(str, range(9))))),
        ("cycle:1..3 OR cycle:4..9 OR cycle:2", CycleIn(1, 9)),
        ("cycle:1..5 cycle:3..", CycleIn(3, 5)),
        ("meta.k:1 OR meta.k:2", Meta(("k",), "in", "[1,2]")),
        ("meta.k>1 OR meta.k>5", Meta(("k",), "gt", "1")),
        ("meta.k>1 meta.k>5", Meta(("k",), "gt", "5")),
        ("meta.k:1 meta.k:2", Meta(("k",), "in", "[]")),
        ("NOT (NOT tag:a)", None),
        ("alpha OR (beta OR (delta OR alpha))", Or((A, B, C, A))),
    ],
)
def test_what_is_asked_twice_is_asked_once(query: str, short: Node | None) -> None:
    node = tree(query)
    if short is not None:
        assert node == short
    assert size(node) <= size(request(query, {}).parsed(NOW).node)


def size(node: Node) -> int:
    """How many conditions it has, whatever holds them together."""
    if isinstance(node, (And, Or)):
        return sum(map(size, node.children))
    child = getattr(node, "child", None)
    return size(child) if child is not None else 1


def test_groups_share_what_they_have_in_common() -> None:
    groups = " OR ".join(f"(alpha AND beta{n})" for n in range(200))
    assert size(tree(groups)) == 201
    groups = " AND ".join(f"(alpha OR beta{n})" for n in range(200))
    assert size(tree(groups)) == 201
    assert size(tree(" OR ".join(f"(alpha AND beta{n})" for n in range(200)) + " OR alpha")) == 1


def test_thousands_of_values_are_one_condition() -> None:
    values = [f"v{n}" for n in range(5_000)]
    for options in (
        {"any_tags": values},
        {"not_tags": values},
        {"tags": values},
        {"where": {"$or": [{"k": value} for value in values]}},
        {"where": {"$and": [{"k": {"$ne": value}} for value in values]}},
        {"where": {"k": {"$nin": values}}},
        {"where": {"$or": [{"k": {"$gt": n}} for n in range(5_000)]}},
    ):
        assert size(tree("", **options)) == 1
    for field in ("tag", "type", "session", "ai"):
        assert size(tree(f"{field}:{','.join(str(n) for n in range(3_000))}")) <= 3_000


def test_what_accepts_everything_leaves_nothing_to_ask() -> None:
    assert simplify(Or((TagIn(("a",)), MatchAll()))) == MatchAll()
    assert simplify(And((MatchAll(), TagIn(("a",))))) == TagIn(("a",))
