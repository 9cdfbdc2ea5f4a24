"""The candidates that a retriever gives."""

from __future__ import annotations

from typing import NamedTuple

from .statement import Row


class Candidate(NamedTuple):
    """A thought that may become a hit. Higher scores are better; in a list by time all are 0."""

    id: int
    score: float
    #: The thought as the engine stores it. `Dialect.thought` and `Dialect.place` read it.
    stored: Row
