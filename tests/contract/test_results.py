"""What a caller holds in the end: hits in a total order, snippets whose offsets are right, plain data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query_strategies import phrases
from tests.strategies import many_rows, texts
from tests.world import Fresh, World, ids
from thoughtsearch import Hit, Results, Snippet
from thoughtsearch.pipeline.snippet import WIDTH, snippet
from thoughtsearch.query.tree import Phrase
from thoughtsearch.text import has_cjk, terms, tokens


def places(text: str, leaf: Phrase) -> set[tuple[int, int]]:
    """Where the phrase stands, from the definition: runs of tokens that have its terms."""
    found = tokens(text)
    size = len(leaf.words)
    wanted = [word.term for word in leaf.words]
    spans = set()
    for first in range(len(found) - size + 1):
        window = found[first : first + size]
        last_fits = window[-1].term.startswith(wanted[-1]) if leaf.prefix else window[-1].term == wanted[-1]
        if last_fits and [one.term for one in window[:-1]] == wanted[:-1]:
            # Of a bigram that stands for its first character, that one is marked.
            single = leaf.prefix and has_cjk(wanted[-1])
            spans.add((window[0].start, window[-1].start + 1 if single else window[-1].end))
    return spans


@given(text=texts(30), leaves=st.lists(phrases, min_size=1, max_size=3))
def test_what_is_highlighted_is_where_the_leaves_stand(text: str, leaves: list[Phrase]) -> None:
    piece = snippet(text, leaves, width=60)
    assert text[piece.start : piece.start + len(piece.text)] == piece.text
    assert piece.cut_before == (piece.start > 0)
    assert piece.cut_after == (piece.start + len(piece.text) < len(text))
    spans = {span for leaf in leaves for span in places(text, leaf)}
    starts, ends = {start for start, _ in spans}, {end for _, end in spans}
    before = 0
    for start, end in piece.highlights:
        assert before <= start < end <= len(piece.text)
        before = end
        if piece.start + start not in starts:
            assert start == 0
            assert piece.cut_before
        if piece.start + end not in ends and not any(one.words[-1].term == one.words[-1].text for one in leaves):
            assert end == len(piece.text)
    if spans:
        assert piece.highlights
    covered = {piece.start + place for start, end in piece.highlights for place in range(start, end)}
    inside = range(piece.start, piece.start + len(piece.text))
    for start, end in spans:
        if start in inside and end - 1 in inside:
            assert set(range(start, end)) <= covered


@pytest.mark.parametrize("word", ["index", "検索", "café", "лжец", "🚀"])
def test_a_match_far_inside_a_long_text_is_shown(world: World, word: str) -> None:
    text = "filler <b> & text. " * 3_000 + f"here is {word} at last. " + "more filler. " * 500
    (ident,) = world.say(text)
    (hit,) = world.store.search(word)
    assert hit.id == ident
    piece = hit.snippet
    assert text[piece.start : piece.start + len(piece.text)] == piece.text
    assert len(piece.text) <= WIDTH + 20
    if word != "🚀":
        ((start, end),) = piece.highlights
        assert piece.text[start:end] == word
        assert str(piece) == f"…{piece.text}…"


def test_html_is_escaped_and_marked() -> None:
    piece = Snippet('<b>"x" & y</b>', 5, ((4, 5), (10, 14)), cut_before=True, cut_after=False)
    assert piece.html() == "…&lt;b&gt;&quot;<mark>x</mark>&quot; &amp; y<mark>&lt;/b&gt;</mark>".replace(
        "y<mark>&lt;/b&gt;", "y<mark>&lt;/b&gt;"
    )
    assert piece.marked("[", "]") == '…<b>"[x]" & y[</b>]'


def test_a_search_without_words_shows_the_beginning(world: World) -> None:
    world.say("word " * 100)
    (hit,) = world.store.search("")
    assert hit.snippet.start == 0
    assert hit.snippet.highlights == ()
    assert hit.snippet.cut_after
    assert not hit.snippet.text.endswith("wor")


@given(rows=many_rows(2, 8), query=st.sampled_from(["index", "wal sqlite", "検索", "tag:wal", ""]))
def test_a_snippet_holds_terms_of_the_query_where_the_content_does(
    fresh: Fresh, rows: list[dict[str, object]], query: str
) -> None:
    with fresh() as world:
        world.write(*rows)
        for hit in world.store.search(query, limit=100):
            content = hit.thought.thought_content
            assert content[hit.snippet.start :].startswith(hit.snippet.text)
            sought = set(terms(query)) if not query.startswith("tag") else set()
            for start, end in hit.snippet.highlights:
                assert sought & set(terms(content[hit.snippet.start + start : hit.snippet.start + end]))


def test_equal_scores_come_newest_first(world: World) -> None:
    written = world.say(*["the same words"] * 5)
    for query in ("same", "words same", '"same words"'):
        results = world.store.search(query)
        assert ids(results) == written[::-1]
        assert len({hit.score for hit in results}) == 1


def test_results_are_a_sequence_of_hits(world: World) -> None:
    world.say("one wal", "two wal", "three wal")
    results = world.store.search("wal", limit=2, total=True, facets=["ai", "tags", "time", "thought_type"])
    assert isinstance(results, Sequence)
    assert isinstance(results, Results)
    assert len(results) == 2
    assert results.total == 3
    assert [hit.id for hit in results] == ids([results[0], results[1]])
    assert results[-1] is results[1]
    assert results[:1] == (results[0],)
    assert results[0] in results
    assert isinstance(results[0], Hit)
    assert bool(results)
    assert not world.store.search("nowhere")
    with pytest.raises(IndexError):
        results[2]
    assert (results.engine, results.mode_requested, results.mode_used) == (world.store.engine, "auto", "text")
    assert hash(results[0].snippet)


def test_everything_becomes_plain_json(world: World) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 600, timezone.utc)
    world.store.add(
        "on <wal>",
        ai_id=3,
        session_id=1,
        cycle_number=2,
        thought_type="idea",
        tags=["b", "a"],
        metadata={"é": [1]},
        created_at=moment,
    )
    results = world.store.search("wal", facets=["ai", "tags", "time"], total=True, explain=True)
    record = json.loads(json.dumps(results.to_dict()))
    (hit,) = record["hits"]
    assert list(record) == ["hits", "engine", "mode_requested", "mode_used", "warnings", "next_cursor", "total", "facets"]
    assert list(hit) == ["id", "score", "snippet", "agent", "thought", "explanation"]
    assert hit["snippet"] == {"text": "on <wal>", "start": 0, "highlights": [[4, 7]]}
    assert hit["thought"] == {
        "id": 1,
        "ai_id": 3,
        "session_id": 1,
        "cycle_number": 2,
        "thought_content": "on <wal>",
        "thought_type": "idea",
        "tags": ["b", "a"],
        "metadata": {"é": [1]},
        "created_at": "2026-01-02T03:04:05.000600+00:00",
    }
    assert record["facets"] == {
        "ai": [{"value": 3, "count": 1}],
        "tags": [{"value": "a", "count": 1}, {"value": "b", "count": 1}],
        "time": [{"value": "2026-01-02", "count": 1}],
    }
    (term,) = hit["explanation"]["terms"]
    assert (term["term"], term["tf"], term["df"]) == ("wal", 1, 1)
    assert hit["explanation"]["ranks"] == {"text": 1}
    plain = world.store.search("wal").to_dict()
    assert "total" not in plain
    assert "facets" not in plain
    assert "explanation" not in plain["hits"][0]
