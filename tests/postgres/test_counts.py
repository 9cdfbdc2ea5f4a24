"""What scores are made of in a large table: counted once, and left alone where the table has become another one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import thoughtsearch
from tests.postgres.test_plans import NOW, asked
from tests.postgres.tools import execute
from thoughtsearch import Store
from thoughtsearch.bm25 import Corpus
from thoughtsearch.engines.postgres import statistics as postgres_counts
from thoughtsearch.query.request import request
from thoughtsearch.query.tree import scoring_phrases

LARGE = 300


@pytest.fixture
def store(place: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Over LARGE thoughts, counted."""
    monkeypatch.setattr(postgres_counts, "COUNTED", LARGE)
    monkeypatch.setattr(postgres_counts, "_COMMON", 100)
    with thoughtsearch.open(place) as opened:
        opened.add_many({"thought_content": "alpha" if n % 2 else "alpha beta"} for n in range(2 * LARGE))
        opened.connection.run(opened.dialect.refresh_statistics(), write=True)
        yield opened


def stored(place: str, text: str, count: int) -> None:
    """By another program, which counts nothing."""
    execute(
        place,
        f"INSERT INTO ai_thought_history (ai_id, thought_content) SELECT 1, '{text}' FROM generate_series(1, {count})",
        "ANALYZE ai_thought_history",
    )


def corpus(store: Store, query: str) -> tuple[Corpus, list[int]]:
    """The figures of the query's words, and how many thoughts hold each."""
    leaves = scoring_phrases(request(query, {}).parsed(NOW).node)
    found, _ = asked(store.dialect.corpus(leaves), store)
    return found, [found.frequencies[leaf] for leaf in leaves]


def test_common_words_are_counted_once_and_rare_ones_each_time(store: Store, place: str) -> None:
    stored(place, "beta gamma", 10)
    found, held = corpus(store, "beta gamma")
    assert (found.documents, found.tokens) == (2 * LARGE + 10, 3 * LARGE + 20)
    assert held == [round((2 * LARGE + 10) / 2), 10]


def test_a_table_that_has_outgrown_its_counts_is_estimated(store: Store, place: str) -> None:
    stored(place, "gamma", 1_500)
    found, held = corpus(store, "alpha beta gamma")
    assert found.documents == 2 * LARGE + 1_500
    assert held == [2 * LARGE, LARGE, 1_500]
    store.add_many({"thought_content": "gamma"} for _ in range(1_000))  # which counts anew
    found, held = corpus(store, "alpha gamma")
    assert (found.documents, held) == (2 * LARGE + 2_500, [2 * LARGE, 2_500])
    assert found.tokens == 3 * LARGE + 2_500


def test_a_table_that_has_shrunk_is_counted(store: Store, place: str) -> None:
    execute(place, f"DELETE FROM ai_thought_history WHERE id > {LARGE // 2}", "VACUUM ANALYZE ai_thought_history")
    found, held = corpus(store, "alpha beta")
    assert (found.documents, found.tokens, held) == (LARGE // 2, LARGE * 3 // 4, [LARGE // 2, LARGE // 4])


def test_a_table_that_was_emptied_is_counted_anew(store: Store, place: str) -> None:
    execute(place, "TRUNCATE ai_thought_history RESTART IDENTITY")
    assert corpus(store, "alpha")[0].documents == 0
    stored(place, "gamma", 50)
    found, held = corpus(store, "alpha gamma")
    assert (found.documents, found.tokens, held) == (50, 50, [0, 50])


def test_an_empty_table_that_was_counted_takes_any_id(store: Store, place: str) -> None:
    execute(place, "TRUNCATE ai_thought_history")
    store.connection.run(store.dialect.refresh_statistics(), write=True)
    execute(place, "INSERT INTO ai_thought_history (id, ai_id, thought_content) VALUES (-5, 1, 'gamma')")
    found, held = corpus(store, "gamma")
    assert (found.documents, found.tokens, held) == (1, 1, [1])


def test_the_loss_of_the_newest_changes_little(store: Store, place: str) -> None:
    execute(place, f"DELETE FROM ai_thought_history WHERE id = {2 * LARGE}", "ANALYZE ai_thought_history")
    found, held = corpus(store, "alpha beta")
    assert (found.documents, held) == (2 * LARGE - 1, [2 * LARGE - 1, LARGE])
