"""Fuses two lists into one: by words (BM25) and by meaning (cosine similarity). Every engine uses this code.

"convex" is the default. It stretches the scores of each list to 0…1 between its last and its first (min-max, over the
first POOL of each list). Then it adds them with weights that sum to 1. Bruch, Gai and Ingber (2023, "An Analysis of Fusion
Functions for Hybrid Retrieval") compare it with reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009). That one is
used on request: Σ weight / (60 + rank).

We tried both with wordllama over the two lists of each query. nDCG@10 by words / reciprocal ranks / convex at .1, .2, .3:
locomo .466/.387/.473 .475 .473, cranfield .379/.385/.389 .394 .394, scifact .685/.627/.694 .700 .700, cisi
.404/.426/.414 .430 .433, cosqa .385/.385/.397 .406 .418, thoughts of agents .903/.846/.905 .903 .897, MADial
.427/.464/.434 .454 .466. So .2 is the largest of these weights that costs no more than .002 anywhere. We also tried to
stretch from 0 instead of the last score, and to compute both scores for every candidate. At that weight this gave .013 to
.017 more on cosqa, and .004 to .010 less on the thoughts of agents. To measure what search() gives, run
python -m tests.benchmarks.quality --embedder NAME.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..models import RetrieverScore

#: How many of each list take part.
POOL = 100
#: The share of the meaning in a score; the words have the rest.
WEIGHT = 0.2
#: With reciprocal ranks both lists count alike.
EVEN_WEIGHT = 0.5
_RANK_OFFSET = 60
#: (id, score), best first.
Scored = Sequence[tuple[int, float]]


class Fused(NamedTuple):
    """A thought of the joint list, with its score there and what each retriever gave."""

    id: int
    score: float
    by_retriever: Mapping[str, RetrieverScore]


def default_weight(fusion: str) -> float:
    """The weight of the meaning where the caller gave none."""
    return WEIGHT if fusion == "convex" else EVEN_WEIGHT


def fuse(text: Scored, semantic: Scored, fusion: str, weight: float) -> list[Fused]:
    """The thoughts of both lists, best first. Of two with the same score, the newer one comes first."""
    found: dict[int, dict[str, RetrieverScore]] = {}
    for name, retriever, share in (("text", text, 1 - weight), ("semantic", semantic, weight)):
        parts = _stretched(retriever, share) if fusion == "convex" else _by_rank(retriever, share)
        for rank, ((ident, score), part) in enumerate(zip(retriever, parts, strict=True), 1):
            found.setdefault(ident, {})[name] = RetrieverScore(rank, score, part, share)
    fused = [Fused(ident, sum(retriever.part for retriever in scores.values()), scores) for ident, scores in found.items()]
    return sorted(fused, key=lambda one: (-one.score, -one.id))


def _stretched(retriever: Scored, weight: float) -> list[float]:
    if not retriever:
        return []
    high, low = retriever[0][1], retriever[-1][1]
    if high <= low:
        return [weight] * len(retriever)
    return [weight * ((score - low) / (high - low)) for _, score in retriever]


def _by_rank(retriever: Scored, weight: float) -> list[float]:
    return [weight / (_RANK_OFFSET + rank) for rank in range(1, len(retriever) + 1)]
