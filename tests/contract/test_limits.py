"""What no plan makes cheap is bounded: a text is cut with a warning, an argument refused, nothing dropped in silence."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from thoughtsearch import InputError, Store
from thoughtsearch.pipeline.present import MOST_EXPLAINED, MOST_WARNINGS
from thoughtsearch.pipeline.shorten import MOST_WEIGHT, weight
from thoughtsearch.query.limits import MOST_LITERALS, MOST_PREDICATES
from thoughtsearch.query.request import request
from thoughtsearch.query.tree import Phrase, Word

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_conditions_on_metadata(shared: Store) -> None:
    most = " ".join(f"meta.k{n}!={n}" for n in range(MOST_PREDICATES))
    assert not shared.search(most).warnings
    results = shared.search(f"{most} meta.more:1", total=True)
    assert results.warnings == (
        f"a query has at most {MOST_PREDICATES} different conditions on metadata; the rest was left out",
    )
    assert results.total == shared.search(most, total=True).total


def test_conditions_given_as_arguments_are_never_left_out(shared: Store) -> None:
    most = [f"k{n}!={n}" for n in range(MOST_PREDICATES)]
    assert not shared.search("meta.step>=0", where=most).warnings
    for where in ([*most, "more=1"], {"$and": [{f"k{n}": {"$exists": False}} for n in range(1_000)]}):
        with pytest.raises(InputError, match=f"where takes up to {MOST_PREDICATES} different conditions; got"):
            shared.search(where=where)
    # Of one key they are one condition.
    assert shared.search(where={"$or": [{"step": n} for n in range(1_000)]}, total=True).total == 300
    assert not shared.search(where={"$and": [{"step": {"$ne": n}} for n in range(1_000)]})


def test_signs_that_are_no_words(shared: Store) -> None:
    arrows = [chr(0x2190 + n) for n in range(MOST_LITERALS + 1)]
    assert not shared.search(" OR ".join(f'"{one}"' for one in ["🚀", *arrows[2:]])).warnings
    results = shared.search(" OR ".join(f'"{one}"' for one in ["🚀", *arrows]))
    assert results.warnings == (f"a query has at most {MOST_LITERALS} different signs to find; the rest was left out",)
    assert len(results) == 10


def test_prefixes_weigh_more_the_shorter_they_are() -> None:
    one, two, three = (weight(Phrase((Word(text, text),), prefix=True)) for text in ("a", "ab", "abc"))
    assert one > two > three > weight(Phrase((Word("abc", "abc"),)))


def test_many_prefixes(shared: Store) -> None:
    results = shared.search(" ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"), explain=True)
    assert len(results.warnings) == 1
    assert "the question is long: only the rarest" in results.warnings[0]
    assert results[0].explanation is not None
    assert 0 < len(results[0].explanation.terms) <= MOST_WEIGHT // 10


def test_groups_accept_what_they_say_and_are_ranked_by_the_rarest(shared: Store) -> None:
    groups = " OR ".join(f"(thought AND w{n})" for n in range(50))
    more = " OR ".join(f"(thought AND none{n})" for n in range(200))
    few, many = (shared.search(text, limit=1_000, total=True) for text in (groups, f"{groups} OR {more}"))
    for results in (few, many):
        assert len(results.warnings) == 1
        assert "count in the score" in results.warnings[0]
    assert {hit.id for hit in many} == {hit.id for hit in few}
    assert many.total == 300


def test_only_so_many_hits_are_explained(shared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_EXPLAINED == 1_000
    monkeypatch.setattr("thoughtsearch.pipeline.present.MOST_EXPLAINED", 20)
    results = shared.search("wal", limit=50, explain=True)
    assert [hit.explanation is not None for hit in results] == [True] * 20 + [False] * 30
    assert results.warnings == ("only the first 20 hits are explained; ask for fewer at once",)


def test_so_many_warnings_as_somebody_reads(shared: Store) -> None:
    warnings = shared.search("ai:" + ",".join(f"nobody{n}" for n in range(500))).warnings
    assert len(warnings) == MOST_WARNINGS + 1
    assert warnings[-1] == f"and {500 - MOST_WARNINGS} more"


def test_parsing_counts_the_same_when_nothing_is_too_much() -> None:
    assert request("meta.a:1 meta.a:1 -> 🚀", {}).parsed(NOW).warnings == ()
