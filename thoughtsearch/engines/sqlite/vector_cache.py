"""Vectors in memory, and the nearest of them to another, exactly. This needs numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...vectors import Vector, similarity, unpacked
from ..contract.statement import Row
from ..contract.vectors import Place

#: How much the sum of single-precision products may be wrong, and that of double-precision ones.
_ROUGH, _FINE = 1e-4, 1e-12


class VectorCache:
    """The vectors of one model as single-precision floats, which compare fastest. One takes 4 bytes a dimension."""

    def __init__(self, model: int, dimensions: int, expected: int = 0) -> None:
        self.model = model
        self.dimensions = dimensions
        #: The number of the last row that was read, and how many deletions there had been by then.
        self.number = 0
        self.deletions: int | None = None
        self._ids = np.zeros(expected, dtype=np.int64)
        self._matrix = np.zeros((expected, dimensions), dtype=np.float32)
        self._count = 0

    @staticmethod
    def read(rows: Sequence[Row], dimensions: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Turn rows of id and vector into two arrays."""
        whole = [row for row in rows if len(row[1]) == 2 * dimensions]
        ids = np.fromiter((row[0] for row in whole), dtype=np.int64, count=len(whole))
        halves = np.frombuffer(b"".join(row[1] for row in whole), dtype="<f2")
        return ids, halves.reshape(len(whole), dimensions).astype(np.float32)

    def add(self, rows: Sequence[Row]) -> None:
        """Add vectors. The new vector of a thought replaces its old one."""
        ids, vectors = self.read(rows, self.dimensions)
        if self._count:
            self._only(~np.isin(self._ids[: self._count], ids))
        count = self._count + len(ids)
        if count > len(self._ids):
            self._make_room(count + count // 8)  # room for more, so that not every new vector copies all others
        self._ids[self._count : count] = ids
        self._matrix[self._count : count] = vectors
        self._count = count

    def _make_room(self, room: int) -> None:
        held_ids, held_vectors = self._ids[: self._count], self._matrix[: self._count]
        self._ids = np.zeros(room, dtype=np.int64)
        self._matrix = np.zeros((room, self.dimensions), dtype=np.float32)
        self._ids[: self._count], self._matrix[: self._count] = held_ids, held_vectors

    def keep_only(self, ids: Iterable[int]) -> None:
        """Forget the vectors of all other thoughts."""
        self._only(np.isin(self._ids[: self._count], np.fromiter(ids, dtype=np.int64)))

    def _only(self, wanted: NDArray[np.bool_]) -> None:
        if not wanted.all():
            self._ids = self._ids[: self._count][wanted]
            self._matrix = self._matrix[: self._count][wanted]
            self._count = len(self._ids)

    def among(self, ids: Sequence[int] | None) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """All ids and vectors, or those of these thoughts."""
        all_ids, all_vectors = self._ids[: self._count], self._matrix[: self._count]
        if ids is None:
            return all_ids, all_vectors
        wanted = np.isin(all_ids, np.array(ids, dtype=np.int64))
        return all_ids[wanted], all_vectors[wanted]


def nearest(
    ids: NDArray[np.int64], vectors: NDArray[np.float32], vector: Vector, limit: int, place: Place
) -> list[tuple[int, float]]:
    """Pairs of (id, similarity), the nearest first. Of equal ones the newer comes first."""
    rough: NDArray[Any] = vectors @ np.array(unpacked(vector), dtype=np.float32)
    if place.newest is not None:
        rough[ids > place.newest] = -np.inf
    if len(place.without):
        rough[np.isin(ids, np.array(place.without, dtype=np.int64))] = -np.inf
    left = int(np.count_nonzero(rough > -np.inf))
    if not left:
        return []
    least = np.partition(rough, -limit)[-limit] if limit < left else -np.inf
    found = np.flatnonzero((rough > -np.inf) & (rough >= least - _ROUGH))
    fine = (vectors[found].astype(np.float64) * np.array(unpacked(vector))).sum(axis=1)
    order = np.lexsort((-ids[found], -fine))
    if limit < len(order):
        order = order[fine[order] >= fine[order[limit - 1]] - _FINE]
        # Of many equal ones the newest are enough.
        order = order[: limit + 100]
    query = unpacked(vector)
    scored = [(int(ids[found[one]]), similarity(vectors[found[one]].tolist(), query)) for one in order]
    return sorted(scored, key=lambda hit: (-hit[1], -hit[0]))[:limit]
