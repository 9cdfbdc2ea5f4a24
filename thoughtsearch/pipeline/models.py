"""Tells which model's vectors a search uses, and how many thoughts it covers."""

from __future__ import annotations

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..errors import MissingFeature
from ..models import Coverage, EmbeddingModel


def active_model(dialect: Dialect) -> Plan[EmbeddingModel | None]:
    """The model that searches use, if there is one."""
    models = yield from dialect.embedding.models()
    return next((one for one in models if one.active), None)


def active(dialect: Dialect) -> Plan[tuple[EmbeddingModel, Coverage]]:
    """The model that searches use, and how many thoughts it covers. Raises MissingFeature if there is none."""
    yield from dialect.embedding.check()
    model = yield from active_model(dialect)
    if model is None:
        raise MissingFeature(
            "No thought has an embedding here yet: run `thoughtsearch backfill --embeddings --embedder NAME` "
            '(wordllama needs no network). mode="text" works without them.'
        )
    return model, (yield from coverage(dialect, model))


def coverage(dialect: Dialect, model: EmbeddingModel) -> Plan[Coverage]:
    """Count the thoughts that have a vector of the model."""
    embedded, thoughts = yield from dialect.embedding.coverage(model)
    return Coverage(model.name, embedded, thoughts)
