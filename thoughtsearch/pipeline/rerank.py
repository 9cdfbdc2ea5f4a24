"""A second look at the first candidates: what takes them in one order and gives them in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .query import SearchQuery
from .ranked import Ranked
from .retrieval import Retrieved


class Reranker(Protocol):
    """Gives the candidates in a new order, with new scores that fall along it. Reads no database, drops nothing."""

    def __call__(self, query: SearchQuery, found: Retrieved, ranked: Sequence[Ranked]) -> Sequence[Ranked]: ...


def as_retrieved(query: SearchQuery, found: Retrieved, ranked: Sequence[Ranked]) -> Sequence[Ranked]:
    """Leaves the order of the retrievers as it is."""
    return ranked
