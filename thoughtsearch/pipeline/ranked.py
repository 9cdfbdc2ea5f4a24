"""Puts the candidates in one order: fuses the retrievers' lists into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..engines.contract.candidate import Candidate
from ..models import RetrieverScore
from .fusion import default_weight, fuse
from .query import SearchQuery
from .retrieval import Retrieved


class Ranked(NamedTuple):
    """A candidate with its final score; in a search by meaning also the score that each retriever gave it."""

    candidate: Candidate
    score: float
    by_retriever: Mapping[str, RetrieverScore]


def fuse_candidates(query: SearchQuery, found: Retrieved) -> list[Ranked]:
    """All candidates that no earlier page showed, best first."""
    if found.mode == "text":
        return [Ranked(one, one.score, {}) for one in found.candidates["text"]]
    if found.mode == "semantic":
        return _by_meaning(found.candidates["semantic"], len(query.seen) + 1)
    by_id = {one.id: one for candidates in found.candidates.values() for one in candidates}
    weight = query.request.weight
    weight = default_weight(query.request.fusion) if weight is None else weight
    scored = {name: [(one.id, one.score) for one in candidates] for name, candidates in found.candidates.items()}
    joint = fuse(scored["text"], scored["semantic"], query.request.fusion, weight)
    seen = set(query.seen)
    ranked = [Ranked(by_id[one.id], one.score, one.by_retriever) for one in joint if one.id not in seen]
    # Neither retriever has these among its first candidates, so their score is 0.
    return ranked + [Ranked(one, 0.0, {}) for one in found.rest]


def _by_meaning(candidates: Sequence[Candidate], first: int) -> list[Ranked]:
    return [
        Ranked(one, one.score, {"semantic": RetrieverScore(rank, one.score, one.score, 1.0)})
        for rank, one in enumerate(candidates, first)
    ]
