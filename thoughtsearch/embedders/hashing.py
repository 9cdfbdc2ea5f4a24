"""A model without knowledge, for tests and trials: each word has its own direction, drawn from its hash.

The more words two texts share, the nearer they are. The vectors are the same on every machine.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

from ..errors import InputError
from ..text import terms

_USUAL = 64
_MOST = 4_000


class Hashing:
    """See Embedder. A text without words has a vector of zeros."""

    batch_size = 1_000

    def __init__(self, dimensions: int = _USUAL) -> None:
        self.dimensions = dimensions
        self.name = f"hashing:{dimensions}"

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Add up the directions of the words. A word counts by the logarithm of how often the text has it."""
        vector = [0.0] * self.dimensions
        for term, count in Counter(terms(text)).items():
            weight = 1 + math.log(count)
            for position, sign in self._direction(term):
                vector[position] += weight * sign
        return vector

    def _direction(self, term: str) -> list[tuple[int, float]]:
        drawn = struct.unpack("<8I", blake2b(term.encode("utf-8", "surrogatepass"), digest_size=32).digest())
        return [(number // 2 % self.dimensions, 1.0 if number % 2 else -1.0) for number in drawn]


def open_model(model: str | None) -> Hashing:
    """Open `hashing` or `hashing:DIMENSIONS`."""
    if model is None:
        return Hashing()
    if not model.isascii() or not model.isdigit() or not 1 <= int(model[:9]) <= _MOST:
        raise InputError(f"hashing takes its dimensions, 1 to {_MOST:,}, as in hashing:64; got {model!r:.40}.")
    return Hashing(int(model))
