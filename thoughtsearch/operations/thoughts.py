"""Reading and writing single thoughts, and counting them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan, Statement
from ..errors import InputError
from ..models import Thought
from ..records import Draft
from ..text.clean import reading, shown


def insert(dialect: Dialect, drafts: Iterable[Draft]) -> Plan[None]:
    """Stores them in one transaction. They may be made on the way: an error of theirs leaves nothing stored."""
    yield dialect.insert(drafts)


def insert_numbered(dialect: Dialect, ids: Iterable[int], drafts: Iterable[Draft]) -> Plan[None]:
    """Stores them under these ids; else as `insert`."""
    yield dialect.insert_numbered(zip(ids, drafts))  # noqa: B905  # of ids there may be more


def reserved(statement: Statement) -> Plan[list[int] | None]:
    """The ids that `Dialect.reserve_ids` gives."""
    found: list[int] | None = (yield statement)[0][0]
    return found


def add(dialect: Dialect, draft: Draft) -> Plan[int]:
    """Stores one; its id."""
    return int((yield dialect.insert_returning(draft))[0][0])


def newest(dialect: Dialect) -> Plan[int | None]:
    """The largest id."""
    found: int | None = (yield dialect.newest_id())[0][0]
    return found


def get(dialect: Dialect, thought_id: int) -> Plan[Thought | None]:
    """The thought with this id. Raises InputError for what is no id."""
    with reading("The id of a thought"):
        if isinstance(thought_id, bool) or not isinstance(thought_id, int) or not -(2**63) <= thought_id < 2**63:
            raise InputError(f"A thought is named by its id, a whole number; got {shown(thought_id)}.")
    rows = yield dialect.get(thought_id)
    return dialect.thought(rows[0]) if rows else None


def around(dialect: Dialect, thought_id: int, count: int) -> Plan[list[Thought]]:
    """The thought among its `count` neighbours on either side, of the same agent and session, oldest first."""
    with reading("The number of neighbours"):
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 10_000:
            raise InputError(f"around takes 0 to 10,000 neighbours on either side; got {shown(count)}.")
    thought = yield from get(dialect, thought_id)
    if thought is None:
        return []
    before, after = dialect.neighbours(thought, count)
    earlier = [dialect.thought(row) for row in (yield before)]
    later = [dialect.thought(row) for row in (yield after)]
    return [*reversed(earlier), thought, *later]


def export(dialect: Dialect, after: int | None, limit: int) -> Plan[list[Thought]]:
    """The next thoughts in the order of their ids."""
    return [dialect.thought(row) for row in (yield dialect.export(after, limit))]


def stats(dialect: Dialect) -> Plan[dict[str, Any]]:
    """Counts of the whole table."""
    rows = yield dialect.stats()
    thoughts, ais, sessions, first, last = rows[0]
    first, last = dialect.moment(first), dialect.moment(last)
    capped = int((yield dialect.capped())[0][0])
    pending = yield from unindexed(dialect)
    corpus = yield from dialect.corpus(())
    from . import vectors

    model = yield from vectors.active_model(dialect)
    embeddings = None
    if model is not None:
        held = yield from vectors.coverage(dialect, model)
        refused = int((yield dialect.embedding.count_refused(model.id))[0][0])
        embeddings = held.to_dict() | {"dimensions": model.dimensions, "refused": refused}
    return {
        "engine": dialect.name,
        "thoughts": thoughts,
        "agents": ais,
        "sessions": sessions,
        "first": first.isoformat() if first else None,
        "last": last.isoformat() if last else None,
        "indexed": corpus.documents,
        "unindexed": pending,
        "capped": capped,
        "tokens": corpus.tokens,
        "embeddings": embeddings,
    }


def unindexed(dialect: Dialect) -> Plan[int]:
    """How many thoughts a backfill has yet to index."""
    if (yield from dialect.backfilled()) is None:
        return 0
    return int((yield dialect.unindexed())[0][0])
