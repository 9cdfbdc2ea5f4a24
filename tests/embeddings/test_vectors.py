"""Vectors as they are kept: of length 1, the same whoever packs them."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pgvector import HalfVector

from thoughtsearch.engines.postgres.vectors import binary
from thoughtsearch.vectors import dimensions, packed, packed_all, similarity, unpacked

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
VECTORS = st.lists(NUMBERS, min_size=1, max_size=40)


@given(VECTORS)
def test_a_packed_vector_has_length_one_and_its_direction(values: list[float]) -> None:
    vector = packed(values)
    assert dimensions(vector) == len(values)
    numbers = unpacked(vector)
    largest = max(map(abs, values))
    if not largest:
        assert set(numbers) == {0.0}
        return
    assert math.isclose(math.fsum(one * one for one in numbers), 1, abs_tol=2e-3)
    scaled = [value / largest for value in values]
    length = math.sqrt(math.fsum(one * one for one in scaled))
    assert all(abs(one - value / length) <= 5e-4 for one, value in zip(numbers, scaled, strict=True))


@given(st.integers(1, 8).flatmap(lambda size: st.lists(st.lists(NUMBERS, min_size=size, max_size=size), max_size=6)))
def test_numpy_packs_the_same(rows: list[list[float]]) -> None:
    one_by_one = [packed(row) for row in rows]
    assert packed_all(rows) == one_by_one
    assert packed_all([np.array(row) for row in rows]) == one_by_one
    if rows:
        assert packed_all(np.array(rows)) == one_by_one
    assert packed_all(iter(rows)) == one_by_one


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(bad: float) -> None:
    for rows in ([[1.0, bad]], np.array([[1.0, bad]]), [np.array([1.0, bad])]):
        with pytest.raises(ValueError, match="not finite"):
            packed_all(rows)
    with pytest.raises(ValueError, match="dimensions"):
        packed_all(np.zeros(3))


@given(VECTORS, st.randoms(use_true_random=False))
def test_similarity_is_the_cosine_in_any_order(values: list[float], chance: object) -> None:
    numbers = unpacked(packed(values))
    assert -1.01 < similarity(numbers, [-one for one in numbers]) <= 0
    pairs = list(zip(numbers, reversed(numbers), strict=True))
    forwards = similarity([one for one, _ in pairs], [other for _, other in pairs])
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    assert similarity([one for one, _ in pairs], [other for _, other in pairs]) == forwards


def test_half_precision_is_little_endian() -> None:
    assert packed([3, 4]) == struct.pack("<2e", 0.6, 0.8)


@given(VECTORS)
def test_a_batch_for_postgresql_holds_what_pgvector_would_send(values: list[float]) -> None:
    vector = packed(values)
    assert binary(vector) == HalfVector(list(unpacked(vector))).to_binary()
