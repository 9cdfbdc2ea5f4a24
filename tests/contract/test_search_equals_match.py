"""What the engine finds is what `match` accepts, and what it scores is what BM25 says: for any thoughts and any tree."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query_strategies import shaped, trees
from tests.strategies import many_rows
from tests.world import Fresh, World
from thoughtsearch.query.match import Document, match
from thoughtsearch.query.request import request
from thoughtsearch.query.tree import AgentIn, AgentNamed, Node, Or, Phrase, Word, rewrite, scoring_phrases

NOW = datetime.now(timezone.utc)


def bm25(document: Document, leaves: tuple[Phrase, ...], everything: list[Document]) -> float:
    """The formula, from the definition alone."""
    count = len(everything)
    average = sum(one.length for one in everything) / count
    score = 0.0
    for leaf in leaves:
        holding = sum(one.frequency(leaf) > 0 for one in everything)
        idf = math.log((count - holding + 0.5) / (holding + 0.5))
        tf = document.frequency(leaf)
        if tf:
            score += (idf if idf > 0 else 1e-6) * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * document.length / average))
    return score


def check(world: World, node: Node) -> None:
    documents = world.documents()
    ranked = world.ranked(node)
    assert sorted(ident for ident, _ in ranked) == [ident for ident, one in documents.items() if match(node, one)]
    leaves = scoring_phrases(node)
    for ident, score in ranked:
        assert score == pytest.approx(bm25(documents[ident], leaves, list(documents.values())), rel=1e-9, abs=1e-300)
        assert (score > 0) == any(documents[ident].frequency(leaf) for leaf in leaves)
    if leaves:
        assert ranked == sorted(ranked, key=lambda pair: (pair[1], pair[0]), reverse=True)
    else:
        times = [
            (one.created_at or datetime.min.replace(tzinfo=timezone.utc), ident) for ident, one in thoughts(world, ranked)
        ]
        assert times == sorted(times, reverse=True)


def thoughts(world: World, ranked: list[tuple[int, float]]) -> list[tuple[int, Any]]:
    return [(ident, world.store.get(ident)) for ident, _ in ranked]


@given(rows=many_rows(), nodes=st.lists(trees, min_size=1, max_size=10))
def test_the_engine_finds_and_scores_what_the_definition_says(
    fresh: Fresh, rows: list[dict[str, Any]], nodes: list[Node]
) -> None:
    with fresh() as world:
        world.write(*rows)
        for node in nodes:
            check(world, node)


@given(rows=many_rows(), nodes=st.lists(trees, min_size=1, max_size=6))
def test_total_and_facets_count_what_matches(fresh: Fresh, rows: list[dict[str, Any]], nodes: list[Node]) -> None:
    with fresh() as world:
        world.write(*rows)
        dialect = world.store.dialect
        for node in nodes:
            matching = [one.thought for one in world.documents().values() if match(node, one)]
            assert world.store.connection.run(dialect.total(node)) == len(matching)
            wanted: dict[str, Counter[Any]] = {
                "ai": Counter(one.ai_id for one in matching),
                "thought_type": Counter(one.thought_type for one in matching),
                "tags": Counter(tag for one in matching for tag in one.tags),
                "time": Counter(one.created_at.date().isoformat() for one in matching if one.created_at),
            }
            for name, counts in wanted.items():
                counted = world.store.connection.run(dialect.facet(node, name))
                assert {one.value: one.thoughts for one in counted} == counts, name
                if name != "time":
                    assert [one.thoughts for one in counted] == sorted(counts.values(), reverse=True)


OPTIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "match": st.sampled_from(["any", "all"]),
        "ai": st.one_of(st.integers(1, 3), st.sampled_from([[1, 3], [2, "Ada"], ["Ada", "Bob"]])),
        "session_id": st.integers(1, 2),
        "cycle": st.sampled_from([1, (None, 2), "1..3"]),
        "thought_type": st.sampled_from(["insight", "question", ["insight", "question"], ["question", "a,b"]]),
        "tags": st.sampled_from([["sqlite"], ["sqlite", "wal"], "sqlite,wal"]),
        "any_tags": st.just(["wal", "日本"]),
        "not_tags": st.just(["wal"]),
        "where": st.sampled_from([{"step": {"$gte": 1}}, "step:1", {"$not": {"status": "done"}}]),
        "since": st.sampled_from(["2025-12-31", "2026-01-01T00:30"]),
        "until": st.sampled_from(["2026-01-01", "2026-01-01T00:30Z"]),
    },
)


def without_names(leaf: Node) -> Node:
    """No agent has a name here."""
    return AgentIn(()) if isinstance(leaf, AgentNamed) else leaf


@given(rows=many_rows(), asked=st.lists(st.tuples(shaped, OPTIONS), min_size=1, max_size=6))
def test_search_finds_what_its_parsed_tree_accepts(
    fresh: Fresh, rows: list[dict[str, Any]], asked: list[tuple[str, dict[str, Any]]]
) -> None:
    with fresh() as world:
        world.write(*rows)
        documents = world.documents()
        for query, options in asked:
            node = rewrite(request(query, options).parsed(NOW).node, without_names)
            results = world.store.search(query, limit=1000, total=True, explain=True, **options)
            accepted = [ident for ident, one in documents.items() if match(node, one)]
            assert sorted(hit.id for hit in results) == accepted
            assert results.total == len(accepted)
            leaves = scoring_phrases(node)
            for hit in results:
                assert hit.score == pytest.approx(
                    bm25(documents[hit.id], leaves, [*documents.values()]), rel=1e-9, abs=1e-300
                )
                if leaves:
                    assert hit.explanation is not None
                    terms = hit.explanation.terms
                    assert [one.term for one in terms] == [str(leaf) for leaf in leaves]
                    assert sum(one.score for one in terms) == pytest.approx(hit.score, rel=1e-9, abs=1e-300)
                    assert hit.explanation.length == documents[hit.id].length
                else:
                    assert hit.explanation is None


def test_tags_written_twice_count_in_the_explanation_as_in_the_score(world: World) -> None:
    world.write({"thought_content": "on the index", "tags": "wal,wal"}, {"tags": "x"}, {"tags": "y"})
    (hit,) = world.store.search("wal", explain=True)
    assert hit.explanation is not None
    assert sum(term.score for term in hit.explanation.terms) == pytest.approx(hit.score)


@pytest.mark.parametrize("leaves", [1, 3, 120], ids=lambda number: f"{number} leaves")
def test_a_word_that_stands_more_often_than_an_index_keeps_places_counts_as_often_as_it_stands(
    world: World, leaves: int
) -> None:
    often = [" ".join(["wal lock"] * count) for count in (1, 127, 128, 254, 255, 256, 300, 9_000)]
    world.write(*({"thought_content": text} for text in often), *({"thought_content": "calm"} for _ in often * 2))
    wal, lock = Word("wal", "wal"), Word("lock", "lock")
    words = [Phrase((wal,)), Phrase((wal, lock)), Phrase((Word("lo", "lo"),), prefix=True)]
    others = [Phrase((Word(f"w{number}", f"w{number}"),)) for number in range(leaves - len(words))]
    check(world, Or((*words, *others)[:leaves]))
