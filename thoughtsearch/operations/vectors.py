"""Vectors of thoughts: which model they are of, which thoughts lack one, and giving it to them."""

from __future__ import annotations

from collections.abc import Sequence

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..engines.contract.vectors import Embedded, Refusal, Text
from ..errors import InputError
from ..models import EmbeddingModel

#: Vectors of a model that is given up, deleted in one transaction.
_FORGOTTEN_AT_ONCE = 5_000


def known(dialect: Dialect, name: str, dimensions: int) -> Plan[tuple[EmbeddingModel | None, bool]]:
    """The model of this name, if it is known here, and whether any model is. Raises InputError where it has changed."""
    models = yield from dialect.embedding.models()
    model = next((one for one in models if one.name == name), None)
    if model is not None and model.dimensions != dimensions:
        raise InputError(
            f"The vectors of {name} here have {model.dimensions} dimensions, and the embedder of that name now has "
            f"{dimensions}: another model must have another name."
        )
    return model, bool(models)


def enrolled(dialect: Dialect, name: str, spec: str | None, dimensions: int) -> Plan[EmbeddingModel]:
    """The model of this name, noted if it is new here; the first one is what searches use. Writes.

    Raises MissingFeature where vectors can't be kept, and InputError as `known`.
    """
    yield from dialect.embedding.prepare()
    found, any_known = yield from known(dialect, name, dimensions)
    if found is None:
        yield from dialect.embedding.register(name, spec, dimensions)
        found, _ = yield from known(dialect, name, dimensions)
        assert found is not None
    if not any_known:
        yield from dialect.embedding.activate(found.id)
    return found


def lacking(dialect: Dialect, model: EmbeddingModel, after: int | None, limit: int) -> Plan[list[Text]]:
    """The next thoughts without a vector of the model."""
    return (yield from dialect.embedding.lacking(model.id, after, limit))


def keep(dialect: Dialect, model: EmbeddingModel, embedded: Sequence[Embedded]) -> Plan[int]:
    """Stores the vectors of thoughts that still say the same; how many. Writes."""
    return (yield from dialect.embedding.keep(model.id, embedded))


def forgiven(dialect: Dialect, model: EmbeddingModel) -> Plan[None]:
    """Forgets what the model refused. Writes."""
    yield from dialect.embedding.forgive(model.id)


def swapped(dialect: Dialect, model: EmbeddingModel) -> Plan[None]:
    """From now on searches use this model. Writes."""
    yield from dialect.embedding.activate(model.id)


def forgotten(dialect: Dialect, model: EmbeddingModel) -> Plan[int]:
    """Deletes some of what no search uses now that this model is active; 0 when there is no more. Writes."""
    return (yield from dialect.embedding.forget_others(model.id, _FORGOTTEN_AT_ONCE))


def refused(dialect: Dialect, model: EmbeddingModel, limit: int) -> Plan[tuple[int, list[Refusal]]]:
    """How many thoughts the model refused, and the first of them."""
    count = yield from dialect.embedding.count_refused(model.id)
    return count, (yield from dialect.embedding.refused(model.id, limit)) if count else []
