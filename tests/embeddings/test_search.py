"""Searches by meaning find what they are defined to find, with the same scores on every engine, whoever writes."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import thoughtsearch
from tests.embeddings.conftest import Opened
from tests.embeddings.models import Told, hits, nearest
from tests.strategies import many_rows
from tests.world import Fresh, World, ids
from thoughtsearch import CursorError, InputError, MissingFeature, Store
from thoughtsearch.embedders.finding import opened as open_embedder
from thoughtsearch.location import locate
from thoughtsearch.operations.embedding import EmbeddingBackfill
from thoughtsearch.pipeline.fusion import POOL, fuse
from thoughtsearch.query.request import request
from thoughtsearch.query.tree import AgentIn, Not, TagIs

QUESTIONS = ("index wal", "sqlite run index", "検索", "the index", "nothing like it")


def embed(world: World, spec: str = "hashing:32") -> None:
    with EmbeddingBackfill(locate(world.url), open_embedder(spec)) as backfill:
        backfill.run()


def everything(store: Store, query: str, limit: int, **options: Any) -> list[tuple[int, float]]:
    """All pages, joined."""
    found: list[tuple[int, float]] = []
    cursor: str | None = None
    while True:
        page = store.search(query, limit=limit, cursor=cursor, **options)
        found += [(hit.id, hit.score) for hit in page]
        cursor = page.next_cursor
        if cursor is None:
            return found


@settings(max_examples=25)
@given(rows=many_rows(1, 16), question=st.sampled_from(QUESTIONS), limit=st.integers(1, 20))
def test_meaning_ranks_all_thoughts_by_their_similarity(
    fresh: Fresh, rows: list[dict[str, object]], question: str, limit: int
) -> None:
    with fresh() as world:
        world.write(*rows)
        embed(world)
        wanted = nearest(world, question)
        with thoughtsearch.open(world.url, embedder="hashing:32") as store:
            assert hits(store, question, mode="semantic", limit=limit) == wanted[:limit]
            assert everything(store, question, limit, mode="semantic") == wanted


@settings(max_examples=25)
@given(
    rows=many_rows(1, 16),
    question=st.sampled_from(QUESTIONS),
    limit=st.integers(1, 20),
    fusion=st.sampled_from(["convex", "rrf"]),
    weight=st.none() | st.floats(0, 1),
)
def test_hybrid_joins_both_lists(
    fresh: Fresh, rows: list[dict[str, object]], question: str, limit: int, fusion: str, weight: float | None
) -> None:
    with fresh() as world:
        world.write(*rows)
        embed(world)
        with thoughtsearch.open(world.url, embedder="hashing:32") as store:
            words = hits(store, question, mode="text", limit=100)
            share = weight if weight is not None else {"convex": 0.2, "rrf": 0.5}[fusion]
            wanted = [(one.id, one.score) for one in fuse(words, nearest(world, question), fusion, share)]
            options = {"mode": "hybrid", "fusion": fusion, "weight": weight}
            assert hits(store, question, limit=limit, **options) == wanted[:limit]
            assert everything(store, question, limit, **options) == wanted


@pytest.fixture
def filled(world: World, opened: Opened) -> Store:
    """Some thoughts, all embedded."""
    store = opened()
    store.add_many(
        {
            "thought_content": f"thought {n} about " + ("wal and locks" if n % 3 else "an index") + " redux" * (n % 5),
            "ai_id": n % 4,
            "tags": ["even" if n % 2 == 0 else "odd"],
            "metadata": {"step": n},
        }
        for n in range(30)
    )
    return store


FILTERS: tuple[tuple[str, dict[str, Any], Any], ...] = (
    ("", {"tags": ["even"]}, TagIs("even")),
    ("", {"not_tags": ["even"]}, Not(TagIs("even"))),
    (" ai:2", {}, AgentIn((2,))),
    ("", {"ai": 1}, AgentIn((1,))),
    ("", {"tags": ["nowhere"]}, TagIs("nowhere")),
)


@pytest.mark.parametrize(("text", "options", "node"), FILTERS)
def test_filters_hold_for_both_lists(world: World, filled: Store, text: str, options: dict[str, Any], node: Any) -> None:
    wanted = nearest(world, "index redux", node)
    assert hits(filled, "index redux" + text, mode="semantic", limit=100, **options) == wanted
    hybrid = filled.search("index redux" + text, mode="hybrid", limit=100, **options)
    assert sorted(ids(hybrid)) == sorted(ident for ident, _ in wanted)
    page = filled.search("index redux" + text, mode="semantic", total=True, facets=["tags"], **options)
    assert page.total == len(wanted)


def test_what_the_text_requires_and_excludes_holds_for_both(world: World, filled: Store) -> None:
    texts = {ident: document.thought.thought_content for ident, document in world.documents().items()}
    for mode in ("semantic", "hybrid"):
        for query, held, lacked in (
            ("redux +index", ("an index",), ()),
            ("redux -index", (), ("an index",)),
            ('redux "an index"', ("an index",), ()),
            ("redux AND locks", ("redux", "locks"), ()),
        ):
            wanted = [
                ident
                for ident, text in texts.items()
                if all(word in text for word in held) and not any(word in text for word in lacked)
            ]
            assert sorted(ids(filled.search(query, mode=mode, limit=100))) == wanted, (mode, query)
        whole = filled.search("index redux", mode=mode, limit=100, match="all")
        assert all("an index redux" in hit.thought.thought_content for hit in whole)
        assert whole


SAID = (
    ("why is it locked?", "why is it locked?"),
    ("  wal tag:a -lock index", "wal index"),
    ('wal "two words" (three OR four)', "wal two words three four"),
    ("-(a b) NOT c meta.step>=3 since:7d", ""),
    ("", ""),
    ("tag:a", ""),
    ("-> 🚀", ""),
    ("typ:insight wal", "typ:insight wal"),
)


@pytest.mark.parametrize(("query", "said"), SAID)
def test_the_words_alone_are_embedded(query: str, said: str) -> None:
    from datetime import datetime, timezone

    assert request(query, {}).parsed(datetime.now(timezone.utc)).said == said


def test_a_query_without_words_lists_the_newest(filled: Store) -> None:
    for mode in ("semantic", "hybrid", "auto"):
        page = filled.search("tag:even", mode=mode, limit=3)
        assert page.mode_used == "text"
        assert ids(page) == ids(filled.search("tag:even", mode="text", limit=3))


def test_a_new_thought_is_found_at_once_and_a_deleted_or_changed_one_never_again(world: World, opened: Opened) -> None:
    searching, adding = opened(), opened()
    first = adding.add("the export job holds the lock")
    other = adding.add("a note on fonts")
    assert ids(searching.search("export job lock", mode="semantic")) == [first, other]
    third = adding.add("export job lock")
    assert ids(searching.search("export job lock", mode="semantic", limit=1)) == [third]
    world.execute("DELETE FROM ai_thought_history WHERE id = ?", (third,))
    assert ids(searching.search("export job lock", mode="semantic")) == [first, other]
    world.execute("UPDATE ai_thought_history SET thought_content = 'about tea' WHERE id = ?", (first,))
    page = searching.search("export job lock", mode="semantic")
    assert ids(page) == [other]
    assert page.coverage is not None
    assert (page.coverage.embedded, page.coverage.thoughts) == (1, 2)
    assert any("1 of 2 thoughts have no embedding yet" in one for one in page.warnings)
    embed(world)
    assert hits(searching, "tea", mode="semantic") == nearest(world, "tea")
    # What changes nothing of the text costs nothing.
    world.execute("UPDATE ai_thought_history SET ai_id = 9, thought_content = 'about tea' WHERE id = ?", (first,))
    assert len(searching.search("tea", mode="semantic")) == 2


def test_a_thought_without_a_vector_keeps_its_place_by_words(world: World, opened: Opened) -> None:
    store = opened()
    store.add_many([{"thought_content": f"lock {n} in the export"} for n in range(9)])
    (bare,) = world.say("lock lock lock")
    page = store.search("lock", mode="hybrid", explain=True)
    assert ids(page)[0] == bare
    explanation = page[0].explanation
    assert explanation is not None
    assert dict(explanation.ranks) == {"text": 1}
    assert bare not in ids(store.search("lock", mode="semantic"))
    assert any("1 of 10 thoughts have no embedding yet" in one for one in page.warnings)


def test_auto_is_hybrid_where_the_thoughts_are_embedded(world: World, opened: Opened) -> None:
    store = opened()
    store.add_many([{"thought_content": f"lock {n}"} for n in range(19)])
    assert store.search("lock").mode_used == "hybrid"
    assert store.search("lock").warnings == ()
    assert world.store.search("lock").mode_used == "text"  # it has no embedder
    assert world.store.search("lock").coverage is None
    world.say("lock a", "lock b")
    page = store.search("lock")
    assert (page.mode_requested, page.mode_used) == ("auto", "text")
    assert page.coverage == ("hashing:32", 19, 21)
    (warning,) = page.warnings
    assert warning.startswith("searched by words alone: 2 of 21 thoughts have no embedding yet; run thoughtsearch backfill")
    embed(world)
    assert store.search("lock").mode_used == "hybrid"
    (warning,) = opened("hashing:16").search("lock").warnings
    assert "vectors of two models can't be compared" in warning
    (warning,) = opened("no-such").search("lock").warnings
    assert "There is no embedder 'no-such'" in warning


def test_pages_are_one_list_while_others_write(world: World, filled: Store) -> None:
    for mode in ("semantic", "hybrid"):
        first = filled.search("index redux", mode=mode, limit=7)
        before = ids(filled.search("index redux", mode=mode, limit=100))
        filled.add("index redux index redux")
        world.execute("DELETE FROM ai_thought_history WHERE id = ?", (before[20],))
        rest: list[int] = []
        cursor = first.next_cursor
        while cursor:
            page = filled.search("index redux", mode=mode, limit=7, cursor=cursor)
            rest += ids(page)
            cursor = page.next_cursor
        assert sorted(ids(first) + rest) == sorted(set(before) - {before[20]})
        with pytest.raises(CursorError):
            filled.search("index redux", mode="text", cursor=first.next_cursor)


def test_behind_the_joint_list_comes_the_rest_by_words(world: World, opened: Opened) -> None:
    store = opened()
    store.add_many({"thought_content": "lock " * (1 + n % 7) + f"filler{n} " * (n % 11)} for n in range(POOL + 60))
    whole = store.search("lock", mode="hybrid", limit=1_000, explain=True)
    assert sorted(ids(whole)) == list(range(1, POOL + 61))
    scores = [hit.score for hit in whole]
    assert scores == sorted(scores, reverse=True)
    assert everything(store, "lock", 37, mode="hybrid") == [(hit.id, hit.score) for hit in whole]
    words = ids(store.search("lock", mode="text", limit=1_000))
    tail = [hit for hit in whole if hit.explanation and not hit.explanation.legs]
    assert tail
    assert ids(tail) == [ident for ident in words if ident in set(ids(tail))]
    assert all(hit.score == 0 for hit in tail)


def test_each_leg_is_explained(filled: Store) -> None:
    for hit in filled.search("index redux", mode="hybrid", explain=True):
        assert hit.explanation is not None
        assert hit.explanation.fusion == "convex"
        assert hit.score == sum(leg.part for leg in hit.explanation.legs.values())
        assert {name: leg.rank for name, leg in hit.explanation.legs.items()} == hit.explanation.ranks
        text = hit.explanation.legs.get("text")
        if text:
            assert text.score == pytest.approx(sum(term.score for term in hit.explanation.terms))
        record = hit.to_dict()["explanation"]
        assert record["legs"].keys() == record["ranks"].keys()
    page = filled.search("index redux", mode="semantic", explain=True, limit=3)
    assert [dict(hit.explanation.ranks) for hit in page if hit.explanation] == [{"semantic": n} for n in (1, 2, 3)]
    assert page.to_dict()["coverage"] == {"model": "hashing:32", "embedded": 30, "thoughts": 30}


def test_similar_thoughts(world: World, filled: Store, opened: Opened) -> None:
    thought = filled.get(5)
    assert thought is not None
    wanted = [one for one in nearest(world, thought.thought_content) if one[0] != 5]
    for store in (filled, opened(None), opened(None, read_only=True)):
        page = store.similar(5, limit=100)
        assert [(hit.id, hit.score) for hit in page] == wanted
        assert page.mode_used == "semantic"
    even = opened(None).similar(5, tags=["even"], limit=4, total=True)
    assert ids(even) == [ident for ident, _ in wanted if ident % 2 == 1][:4]
    assert even.total == 15
    following = filled.similar(5, tags=["even"], limit=4, cursor=even.next_cursor)
    assert not set(ids(following)) & {5, *ids(even)}
    with pytest.raises(CursorError):
        filled.similar(6, tags=["even"], limit=4, cursor=even.next_cursor)
    with pytest.raises(InputError, match="There is no thought 99"):
        filled.similar(99)
    (bare,) = world.say("without a vector")
    with pytest.raises(InputError, match=f"Thought {bare} has no embedding yet"):
        filled.similar(bare)


def test_what_is_missing_is_said(world: World, opened: Opened) -> None:
    world.say("lock")
    for mode in ("semantic", "hybrid"):
        with pytest.raises(MissingFeature, match="backfill --embeddings") as caught:
            world.store.search("lock", mode=mode)
        assert "\n" not in str(caught.value)
    with pytest.raises(MissingFeature, match="backfill --embeddings"):
        world.store.similar(1)
    with EmbeddingBackfill(locate(world.url), open_embedder(Told("mine"))) as backfill:
        backfill.run()
    with pytest.raises(InputError, match="by the model of the vectors here, mine"):
        world.store.search("lock", mode="hybrid")
    with pytest.raises(InputError, match=r"of the model mine \(32 dimensions\), and the embedder is hashing:64"):
        opened("hashing").search("lock", mode="hybrid")
    assert ids(opened(Told("mine")).search("lock", mode="hybrid")) == [1]


def test_a_database_may_name_an_embedder_that_needs_nothing(world: World) -> None:
    world.say("lock", "key")
    embed(world)
    assert ids(world.store.search("lock", mode="hybrid", limit=1)) == [1]
    model = world.store.embedding_model()
    assert model is not None
    assert (model.name, model.spec, model.dimensions, model.embedded) == ("hashing:32", "hashing:32", 32, 2)


def test_asyncio_gives_the_same_answers(world: World, filled: Store) -> None:
    async def other() -> tuple[list[Any], list[float]]:
        async with thoughtsearch.aopen(world.url, embedder="hashing:32") as store:
            answers = [(await store.search("index redux", mode=mode)).to_dict() for mode in ("semantic", "hybrid", "auto")]
            answers.append((await store.similar(3)).to_dict())
            await store.add("one more index")
            await store.add_many([{"thought_content": "and another index"}])
            return answers, [hit.score for hit in await store.search("index", mode="semantic", limit=100)]

    before = [filled.search("index redux", mode=mode).to_dict() for mode in ("semantic", "hybrid", "auto")]
    before.append(filled.similar(3).to_dict())
    answers, scores = asyncio.run(other())
    for ours, theirs in zip(before, answers, strict=True):
        assert ours | {"next_cursor": None} == theirs | {"next_cursor": None}
    assert scores == [score for _, score in nearest(world, "index")]


def test_an_embedder_that_takes_its_time_keeps_nobody_waiting(world: World, opened: Opened) -> None:
    """It waits for what can only happen while it waits: were a lock held, or the loop blocked, this would never end."""
    opened().add("the lock of the export")
    released, other = threading.Event(), opened(None)

    class Slow(Told):
        concurrent = True

        def embed_query(self, text: str) -> Any:
            assert released.wait(60)
            return super().embed_query(text)

        def embed_documents(self, texts: Any) -> Any:
            other.add("written meanwhile")
            return super().embed_documents(texts)

    async def together() -> tuple[int, list[int]]:
        async with thoughtsearch.aopen(world.url, embedder=Slow("hashing:32")) as store:
            searching = asyncio.create_task(store.search("lock", mode="semantic"))
            added = await store.add("another lock")
            released.set()
            return added, ids(await searching)

    added, found = asyncio.run(together())
    assert 1 in found
    texts = {hit.id: hit.thought.thought_content for hit in opened().search(limit=100)}
    assert texts[added] == "another lock"
    assert sorted(texts.values())[-1] == "written meanwhile"


def test_a_reader_in_memory_keeps_up_with_every_change(world: World, opened: Opened) -> None:
    store = opened()
    store.add_many({"thought_content": f"thought {n} on w{n % 9}"} for n in range(60))
    for step in range(12):
        world.execute("DELETE FROM ai_thought_history WHERE id - id / 13 * 13 = ?", (step,))
        store.add(f"thought {step} on w{step % 9} again")
        world.execute("UPDATE ai_thought_history SET thought_content = ? WHERE id = ?", (f"changed {step} w3", 40 + step))
        if step % 3 == 0:
            embed(world)
        found = dict(hits(store, "thought w3", mode="semantic", limit=1_000))
        wanted = dict(nearest(world, "thought w3"))
        assert found == {ident: score for ident, score in wanted.items() if ident in found}
        held = store.stats()["embeddings"]
        assert len(found) == held["embedded"] or held["embedded"] == held["thoughts"]
        if step % 3 == 0:
            assert found == wanted
