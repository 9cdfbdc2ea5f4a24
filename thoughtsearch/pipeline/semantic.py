"""Retrieves by meaning: finds the thoughts whose vectors are nearest to that of the query."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ..engines.contract.candidate import Candidate
from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..engines.contract.steps import Call, Run, Steps
from ..engines.contract.vectors import Place
from ..errors import EmbedderError, InputError, MissingFeature
from ..models import Coverage, EmbeddingModel
from ..query.tree import Node
from ..vectors import Vector
from . import models
from .query import SearchQuery

if TYPE_CHECKING:
    from ..embedders.embedder import Checked
    from ..embedders.lazy import LazyEmbedder

#: Where a smaller share of the thoughts is embedded, `auto` searches by words alone: the others would rank too low.
COVERED = 0.95


class Meaning(NamedTuple):
    """The query's vector, and the model that made it and the vectors to search."""

    model: EmbeddingModel
    vector: Vector


class Understood(NamedTuple):
    """The query's meaning, None to search by words alone; how many thoughts have a vector; a warning with the reason."""

    meaning: Meaning | None = None
    coverage: Coverage | None = None
    warning: str | None = None


def understand(dialect: Dialect, embedder: LazyEmbedder, query: SearchQuery) -> Steps[Understood]:
    """Embed what the query says. Where that fails, the mode `auto` gives a warning and the other modes raise."""
    mode = query.request.mode
    if mode == "text" or (mode == "auto" and not embedder.is_configured):
        return Understood()
    coverage = None
    try:
        model, coverage = yield Run(models.active(dialect), deadline=query.deadline)
        if mode == "auto" and coverage.share < COVERED:
            return Understood(None, coverage, f"searched by words alone: {coverage.said()}")
        if not query.said:
            return Understood(None, coverage)
        checked: Checked = yield Call(partial(embedder.for_model, model))
        vector = yield Call(partial(checked.query, query.said))
    except (MissingFeature, EmbedderError, InputError) as error:
        if mode != "auto":
            raise
        return Understood(None, coverage, f"searched by words alone: {error}")
    return Understood(Meaning(model, vector), coverage)


def nearest(dialect: Dialect, meaning: Meaning, node: Node, limit: int, query: SearchQuery) -> Plan[list[Candidate]]:
    """The nearest of the thoughts that the tree accepts and that no earlier page showed."""
    without = query.seen if query.like is None else (*query.seen, query.like)
    place = Place(query.cursor.newest if query.cursor else None, without)
    near = yield from dialect.embedding.nearest(meaning.model, meaning.vector, node, limit, place)
    if not near:
        return []
    found = {one.id: one for one in (yield from dialect.with_ids([ident for ident, _ in near]))}
    return [found[ident]._replace(score=score) for ident, score in near if ident in found]
