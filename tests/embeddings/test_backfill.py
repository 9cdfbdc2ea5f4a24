"""The backfill embeds what lacks a vector and nothing else, may stop anywhere, and changes a model side by side."""

from __future__ import annotations

from typing import Any

import pytest

from tests.embeddings.conftest import Opened
from tests.embeddings.models import Told, hits, nearest, refusing
from tests.world import World, ids
from thoughtsearch import EmbedderError, EmbedderUnavailable, InputError
from thoughtsearch.embedders.embedder import Embedder
from thoughtsearch.embedders.finding import opened as open_embedder
from thoughtsearch.location import locate
from thoughtsearch.operations.embedding import EmbeddingBackfill, EmbeddingReport, Survey


def run(world: World, embedder: Embedder | str, **options: Any) -> EmbeddingReport:
    with EmbeddingBackfill(locate(world.url), open_embedder(embedder)) as backfill:
        return backfill.run(**options)


def survey(world: World, embedder: Embedder | str) -> Survey:
    with EmbeddingBackfill(locate(world.url), open_embedder(embedder)) as backfill:
        return backfill.survey()


def embedded(world: World) -> dict[str, int]:
    """How many vectors each model has."""
    found = world.execute(
        "SELECT m.name, count(e.thought_id) FROM thoughtsearch_model AS m "
        "LEFT JOIN ai_thought_embedding AS e ON e.model = m.id GROUP BY m.name",
        (),
    )
    return dict(found)


def test_only_what_is_missing_is_embedded(world: World) -> None:
    world.say(*(f"thought {n}" for n in range(10)))
    model = Told()
    seen: list[tuple[int, int]] = []
    done = run(world, model, progress=lambda count, total: seen.append((count, total)))
    assert (done.embedded, done.replaced, done.refused) == (10, None, 0)
    assert seen == [(4, 10), (8, 10), (10, 10)]
    assert model.asked == [f"thought {n}" for n in range(10)]
    assert run(world, model).embedded == 0
    world.write({"thought_content": "one more"})
    world.execute("UPDATE ai_thought_history SET thought_content = 'changed' WHERE id = 3", ())
    world.execute("UPDATE ai_thought_history SET ai_id = 7 WHERE id = 4", ())
    world.execute("DELETE FROM ai_thought_history WHERE id = 5", ())
    model.asked.clear()
    assert run(world, model).embedded == 2
    assert model.asked == ["changed", "one more"]
    assert embedded(world) == {"told": 10}


def test_it_may_stop_anywhere_and_goes_on(world: World) -> None:
    world.say(*(f"thought {n}" for n in range(30)))
    calls: list[int] = []

    def breaks(text: str) -> None:
        calls.append(1)
        if len(calls) == 14:
            raise ConnectionError("the line is dead")

    with pytest.raises(EmbedderUnavailable, match="ConnectionError: the line is dead"):
        run(world, Told(fails=breaks))
    assert embedded(world) == {"told": 12}
    model = Told()
    assert run(world, model).embedded == 18
    assert model.asked == [f"thought {n}" for n in range(12, 30)]
    assert embedded(world) == {"told": 30}


def test_a_thought_that_fails_twice_is_left_out_and_listed(world: World, opened: Opened) -> None:
    world.say(*(f"thought {n}" for n in range(6)), "a bad one", *(f"more {n}" for n in range(3)))
    model = Told(fails=refusing("bad"))
    done = run(world, model)
    assert (done.embedded, done.refused) == (9, 1)
    ((ident, reason),) = done.first
    assert (ident, reason) == (7, "The embedder failed: ValueError: no bad here.")
    assert model.asked.count("a bad one") >= 3  # with others, and twice alone
    assert opened(Told()).stats()["embeddings"] == {
        "model": "told",
        "embedded": 9,
        "thoughts": 10,
        "dimensions": 32,
        "refused": 1,
    }
    model.asked.clear()
    assert run(world, model).refused == 1
    assert model.asked == []
    assert survey(world, model).refused == 1
    world.execute("UPDATE ai_thought_history SET thought_content = 'a good one' WHERE id = 7", ())
    assert run(world, model).embedded == 1
    assert run(world, model).refused == 0


def test_what_was_refused_may_be_tried_again(world: World) -> None:
    world.say("good", "bad")
    assert run(world, Told(fails=refusing("bad"))).refused == 1
    assert run(world, Told()).embedded == 0
    done = run(world, Told(), again=True)
    assert (done.embedded, done.refused) == (1, 0)


def test_an_embedder_that_refuses_everything_is_not_blamed_on_the_thoughts(world: World) -> None:
    world.say(*(f"thought {n}" for n in range(40)))
    with pytest.raises(EmbedderUnavailable, match="refused 20 thoughts one after the other, the last one with: The"):
        run(world, Told(fails=refusing("thought")))
    found = survey(world, Told())
    assert (found.thoughts + found.refused, found.refused < 20) == (40, True)


def test_another_model_is_made_beside_the_first_and_then_takes_its_place(world: World, opened: Opened) -> None:
    world.say(*(f"thought {n} on locks" for n in range(12)))
    run(world, "hashing:32")
    store = opened("hashing:32")
    before = hits(store, "locks 3", mode="semantic")

    def interrupted(done: int, total: int) -> None:
        # Searches use the old vectors meanwhile, and new thoughts get one of the old model.
        assert hits(store, "locks 3", mode="semantic") == before
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(world, Told("new", 16), progress=interrupted)
    assert embedded(world) == {"hashing:32": 12, "new": 8}
    assert survey(world, Told("new", 16)) == Survey(
        "new", "hashing:32", 4, sum(map(len, map(str, range(8, 12)))) + 4 * 17, 0
    )
    late = store.add("a late thought")
    assert late in ids(store.search("late", mode="semantic", limit=1))
    done = run(world, Told("new", 16))
    assert (done.embedded, done.replaced) == (5, "hashing:32")
    assert embedded(world) == {"new": 13}
    with pytest.raises(InputError, match="vectors of two models"):
        store.search("locks", mode="semantic")
    assert hits(opened(Told("new", 16)), "locks 3", mode="semantic", limit=100) == nearest(world, "locks 3", dimensions=16)


def test_a_model_keeps_its_dimensions(world: World) -> None:
    world.say("thought")
    run(world, Told("mine", 32))
    with pytest.raises(InputError, match="have 32 dimensions, and the embedder of that name now has 16"):
        run(world, Told("mine", 16))


def test_a_dry_run_changes_nothing_and_asks_nobody(world: World) -> None:
    world.say("four", "x" * 10_000)
    model = Told()
    found = survey(world, model)
    assert found == Survey("told", None, 2, 4 + 8_192, 0)
    assert found.tokens == 2_049
    assert model.asked == []
    assert world.execute("SELECT count(*) FROM thoughtsearch_model", ()) == [(0,)]


def test_a_text_that_changes_while_it_is_embedded_gets_no_old_vector(world: World, opened: Opened) -> None:
    world.say("before one", "before two")

    def meanwhile(text: str) -> None:
        if text == "before two":
            world.execute("UPDATE ai_thought_history SET thought_content = 'after' WHERE id = 2", ())

    run(world, Told(fails=meanwhile))
    store = opened(Told())
    assert ids(store.search("before", mode="semantic")) == [1]
    run(world, Told())
    assert hits(store, "after", mode="semantic") == nearest(world, "after")


def test_any_text_can_be_embedded(world: World, opened: Opened) -> None:
    for text in ("", "   ", "🚀", "\n", "検索", "x" * 100_000, "'; --", "0"):
        world.write({"thought_content": text})
    assert run(world, "hashing:32").embedded == 8
    assert hits(opened(), "検索", mode="semantic") == nearest(world, "検索")


def test_a_failing_embedder_costs_no_thought(world: World, opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    store = opened(Told(fails=refusing("bad", TimeoutError)))
    assert store.add("a good one") == 1
    assert store.add("a bad one") == 2
    assert "not all of them embedded (The embedder can't be used now: TimeoutError: no bad here.)" in caplog.text
    assert store.add_many([{"thought_content": "good again"}, {"thought_content": "bad again"}]) == 2
    assert store.stats()["embeddings"]["embedded"] == 1
    assert len(store.search("again bad", mode="text")) == 2
    assert run(world, Told()).embedded == 3


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ([[1.0, 2.0]], "gave a vector of 2 numbers; it has 3 dimensions"),
        ([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], "gave 2 vectors for 1 texts"),
        ([[1.0, 2.0, float("nan")]], "not finite"),
        ([["a", "b", "c"]], "ValueError"),
        (None, "TypeError"),
        ([None], "TypeError"),
    ],
)
def test_what_an_embedder_gives_is_checked(vectors: Any, said: str) -> None:
    class Odd:
        name = "odd"
        dimensions = 3

        def embed_documents(self, texts: object) -> Any:
            return vectors

        def embed_query(self, text: str) -> Any:
            return vectors[0] if vectors else None

    with pytest.raises(EmbedderError, match=said) as caught:
        open_embedder(Odd()).documents(["a text"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "dimensions"), [("", 3), (None, 3), ("x\n", 3), ("y" * 300, 3), ("x", 0), ("x", 4_001), ("x", "3")]
)
def test_a_model_must_have_a_name_and_a_size(name: Any, dimensions: Any) -> None:
    class Odd:
        def embed_documents(self, texts: object) -> Any:
            return [[1.0]]

        def embed_query(self, text: str) -> Any:
            return [1.0]

    odd: Any = Odd()
    odd.name, odd.dimensions = name, dimensions
    checked = open_embedder(odd)
    with pytest.raises(EmbedderError):
        _ = (checked.name, checked.dimensions)


def test_what_names_no_embedder(world: World, opened: Opened) -> None:
    for bad in (3, b"wordllama", object(), "a\nb", "x" * 300):
        with pytest.raises(InputError, match="An embedder is"):
            opened(bad)
    with pytest.raises(InputError, match="hashing takes its dimensions"):
        open_embedder("hashing:many")
    for none in ("", " ", "none", None):
        assert not opened(none).embedder.is_configured
