"""Second stage of ranking: a re-ranker takes the candidates in one order and gives them in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .query import SearchQuery
from .ranked import Ranked
from .retrieval import Retrieved


class Reranker(Protocol):
    """Gives the candidates in a new order, with scores that fall in that order. Reads no database, drops no candidate."""

    def __call__(self, query: SearchQuery, found: Retrieved, ranked: Sequence[Ranked]) -> Sequence[Ranked]: ...


def as_retrieved(query: SearchQuery, found: Retrieved, ranked: Sequence[Ranked]) -> Sequence[Ranked]:
    """Keep the order of the retrievers."""
    return ranked
