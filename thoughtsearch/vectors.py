"""Packs and compares vectors. A stored vector has unit length; each number is a half-precision float, little-endian.

The product of two such numbers is exact in a double, and `math.fsum` rounds once. So a similarity is the same to the last
bit, whichever engine found the vectors.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Iterable, Sequence
from operator import mul
from typing import Any, TypeAlias

#: Half-precision floats, little-endian. Its length is 1, or 0 for a text that means nothing to the model.
Vector: TypeAlias = bytes


def dimensions(vector: Vector) -> int:
    """How many numbers the vector has."""
    return len(vector) // 2


def unpacked(vector: Vector) -> tuple[float, ...]:
    """The numbers of the vector."""
    return struct.unpack(f"<{len(vector) // 2}e", vector)


def packed(values: Iterable[float]) -> Vector:
    """Pack the unit vector in this direction. Raises ValueError for numbers that aren't finite."""
    numbers = [float(value) for value in values]
    size = max(map(abs, numbers), default=0.0)
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a number that is not finite")
    if size:
        # First divide by the largest: squares of very large or small numbers would overflow or vanish.
        numbers = [number / size for number in numbers]
        length = math.sqrt(math.fsum(map(mul, numbers, numbers)))
        numbers = [number / length for number in numbers]
    return struct.pack(f"<{len(numbers)}e", *numbers)


def packed_all(rows: Iterable[Any]) -> list[Vector]:
    """Pack each row as `packed` does; for a numpy array in a fraction of the time. Raises ValueError."""
    numpy: Any = sys.modules.get("numpy")
    if numpy and not isinstance(rows, numpy.ndarray):
        rows = list(rows)
        if rows and all(isinstance(row, numpy.ndarray) and row.shape == rows[0].shape for row in rows):
            rows = numpy.stack(rows)
    if not numpy or not isinstance(rows, numpy.ndarray):
        return [packed(row) for row in rows]
    if rows.ndim != 2:
        raise ValueError(f"an array of {rows.ndim} dimensions for a list of vectors")
    numbers = rows.astype("float64")
    if not numpy.isfinite(numbers).all():
        raise ValueError("a number that is not finite")
    if numbers.size:
        size = numpy.abs(numbers).max(axis=1)
        numbers /= numpy.where(size == 0, 1.0, size)[:, None]
        length = numpy.sqrt((numbers * numbers).sum(axis=1))
        numbers /= numpy.where(length == 0, 1.0, length)[:, None]
    return [row.tobytes() for row in numbers.astype("<f2")]


def similarity(one: Sequence[float], other: Sequence[float]) -> float:
    """The cosine of the angle between two unpacked vectors; 1 for the same direction."""
    return math.fsum(map(mul, one, other))
