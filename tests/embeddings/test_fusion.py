"""Two lists joined: what each formula says, and that the order is total."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thoughtsearch.pipeline.fusion import WEIGHT, default_weight, fuse

SCORES = st.floats(-1e6, 1e6, allow_nan=False)


@st.composite
def legs(draw: st.DrawFn) -> list[tuple[int, float]]:
    ids = draw(st.lists(st.integers(1, 30), unique=True, max_size=12))
    scores = sorted(draw(st.lists(SCORES, min_size=len(ids), max_size=len(ids))), reverse=True)
    return list(zip(ids, scores, strict=True))


def test_convex_by_hand() -> None:
    text, semantic = [(1, 6.0), (2, 4.0), (3, 2.0)], [(3, 0.9), (4, 0.8), (2, 0.5)]
    fused = {one.id: one.score for one in fuse(text, semantic, "convex", 0.25)}
    assert fused == pytest.approx({1: 0.75, 2: 0.375, 3: 0.25, 4: 0.25 * 0.75})
    assert [one.id for one in fuse(text, semantic, "convex", 0.25)] == [1, 2, 3, 4]


def test_reciprocal_ranks_by_hand() -> None:
    fused = {one.id: one.score for one in fuse([(1, 6.0), (2, 4.0)], [(2, 0.9)], "rrf", 0.5)}
    assert fused == pytest.approx({1: 0.5 / 61, 2: 0.5 / 62 + 0.5 / 61})


@given(text=legs(), semantic=legs(), fusion=st.sampled_from(["convex", "rrf"]), weight=st.floats(0, 1))
def test_every_thought_once_in_a_total_order(
    text: list[tuple[int, float]], semantic: list[tuple[int, float]], fusion: str, weight: float
) -> None:
    fused = fuse(text, semantic, fusion, weight)
    assert sorted(one.id for one in fused) == sorted({ident for ident, _ in (*text, *semantic)})
    keys = [(-one.score, -one.id) for one in fused]
    assert keys == sorted(keys)
    assert all(-1e-9 <= one.score <= 1 + 1e-9 for one in fused)
    for one in fused:
        assert one.score == sum(leg.part for leg in one.by_retriever.values())
        for name, leg in (("text", text), ("semantic", semantic)):
            if name in one.by_retriever:
                assert leg[one.by_retriever[name].rank - 1] == (one.id, one.by_retriever[name].score)
            else:
                assert one.id not in dict(leg)


@given(text=legs())
def test_without_a_meaning_the_order_is_that_of_the_words(text: list[tuple[int, float]]) -> None:
    text = sorted(text, key=lambda one: (-one[1], -one[0]))
    if len({score for _, score in text}) == len(text):
        assert [one.id for one in fuse(text, [], "rrf", 0.2)] == [ident for ident, _ in text]


def test_the_weights_that_are_used_unasked() -> None:
    assert default_weight("convex") == WEIGHT == 0.2
    assert default_weight("rrf") == 0.5
