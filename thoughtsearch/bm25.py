"""BM25 as FTS5 computes it (`bm25()` in SQLite's fts5_aux.c, negated: higher is better).

score = Σ idf(t) · tf·(k1 + 1) / (tf + k1·(1 − b + b·dl/avgdl)),  idf = ln((N − df + 0.5)/(df + 0.5)), at least 1e-6
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from .query.tree import Phrase

K1 = 1.2
B = 0.75
_LEAST_IDF = 1e-6


class Corpus(NamedTuple):
    """The figures of BM25: how many thoughts are indexed, their tokens, and how many thoughts hold each phrase."""

    documents: int
    tokens: int
    frequencies: Mapping[Phrase, int]

    @property
    def average_length(self) -> float:
        """Tokens in a thought on average: avgdl."""
        return self.tokens / self.documents if self.documents else 0.0


def idf(documents: int, frequency: int) -> float:
    """The weight of a phrase that `frequency` of `documents` thoughts hold."""
    if 2 * frequency >= documents:  # an estimated frequency may even exceed the documents
        return _LEAST_IDF
    return math.log((documents - frequency + 0.5) / (frequency + 0.5))


def phrase_score(weight: float, tf: int, length: int, average: float) -> float:
    """What one phrase adds to a thought's score."""
    return weight * (tf * (K1 + 1.0)) / (tf + K1 * (1 - B + B * length / average)) if tf else 0.0
