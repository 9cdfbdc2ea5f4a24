"""Reading and writing single thoughts, and counting them."""

from __future__ import annotations

from typing import Any

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..errors import InputError
from ..models import Thought
from ..pipeline import models
from ..query.request import checked_id
from ..text.clean import reading, shown


def get(dialect: Dialect, thought_id: int) -> Plan[Thought | None]:
    """The thought with this id. Raises InputError for what is no id."""
    return (yield from dialect.get(checked_id(thought_id)))


def around(dialect: Dialect, thought_id: int, count: int) -> Plan[list[Thought]]:
    """The thought among its `count` neighbours on either side, of the same agent and session, oldest first."""
    with reading("The number of neighbours"):
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 10_000:
            raise InputError(f"around takes 0 to 10,000 neighbours on either side; got {shown(count)}.")
    thought = yield from get(dialect, thought_id)
    if thought is None:
        return []
    before, after = yield from dialect.neighbours(thought, count)
    return [*reversed(before), thought, *after]


def stats(dialect: Dialect) -> Plan[dict[str, Any]]:
    """Counts of the whole table."""
    held = yield from dialect.stats()
    truncated = yield from dialect.truncated()
    pending = yield from unindexed(dialect)
    corpus = yield from dialect.corpus(())
    model = yield from models.active_model(dialect)
    embeddings = None
    if model is not None:
        covered = yield from models.coverage(dialect, model)
        refused = yield from dialect.embedding.count_refused(model.id)
        embeddings = covered.to_dict() | {"dimensions": model.dimensions, "refused": refused}
    return {
        "engine": dialect.name,
        "thoughts": held.thoughts,
        "agents": held.agents,
        "sessions": held.sessions,
        "first": held.first.isoformat() if held.first else None,
        "last": held.last.isoformat() if held.last else None,
        "indexed": corpus.documents,
        "unindexed": pending,
        "capped": truncated,
        "tokens": corpus.tokens,
        "embeddings": embeddings,
    }


def unindexed(dialect: Dialect) -> Plan[int]:
    """How many thoughts a backfill has yet to index."""
    if not (yield from dialect.is_backfill_due()):
        return 0
    return (yield from dialect.unindexed())
