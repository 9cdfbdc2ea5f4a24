"""Lists that the meaning of thoughts ranks: by it alone, or joined with the list by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan, Row
from ..engines.contract.vectors import Place
from ..models import EmbeddingModel, LegScore
from ..query.cursor import Cursor
from ..query.tree import Node
from ..vectors import Vector
from .fusion import POOL, default_weight, fuse
from .lexical import best_rows

if TYPE_CHECKING:
    from .pipeline import Found


class Meaning(NamedTuple):
    """What a query means to the model whose vectors are searched."""

    model: EmbeddingModel
    vector: Vector


def semantic(
    dialect: Dialect, meaning: Meaning, node: Node, limit: int, cursor: Cursor | None, like: int | None = None
) -> Plan[list[Found]]:
    """The nearest of the thoughts that the tree accepts, without the one that the meaning is of."""
    seen = cursor.seen if cursor else ()
    place = Place(cursor.newest if cursor else None, seen if like is None else (*seen, like))
    near = yield from dialect.embedding.nearest(meaning.model, meaning.vector, node, limit, place)
    rows = yield from _rows(dialect, [ident for ident, _ in near])
    first = len(seen) + 1
    return [
        (rows[ident], score, {"semantic": LegScore(rank, score, score, 1.0)})
        for rank, (ident, score) in enumerate(near, first)
        if ident in rows
    ]


def hybrid(
    dialect: Dialect,
    meaning: Meaning,
    node: Node,
    constraints: Node,
    limit: int,
    cursor: Cursor | None,
    fusion: str,
    weight: float | None,
) -> Plan[list[Found]]:
    """The best of both lists joined; behind them the rest of the list by words, in its own order.

    A page that is continued joins the same lists anew, without what was shown.
    """
    whole = replace(cursor, seen=()) if cursor else None
    by_words = yield from best_rows(dialect, node, POOL, whole)
    place = Place(cursor.newest if cursor else None)
    near = yield from dialect.embedding.nearest(meaning.model, meaning.vector, constraints, POOL, place)
    weight = default_weight(fusion) if weight is None else weight
    fused = fuse([(row[0], float(row[-1])) for row in by_words], near, fusion, weight)
    seen = set(cursor.seen) if cursor else set()
    page = [one for one in fused if one.id not in seen][:limit]
    rows: dict[int, Row] = {row[0]: row for row in by_words}
    rows |= yield from _rows(dialect, [one.id for one in page if one.id not in rows])
    found = [(rows[one.id], one.score, one.legs) for one in page if one.id in rows]
    if len(page) < limit and len(by_words) == POOL:
        joined = {one.id for one in fused}
        found += yield from _rest(dialect, node, limit - len(page), cursor, joined | seen)
    return found


def _rest(dialect: Dialect, node: Node, limit: int, cursor: Cursor | None, without: set[int]) -> Plan[list[Found]]:
    """The list by words behind the joint one. No leg ranks these among its first, and their score is 0."""
    if cursor is None:
        newest = int((yield dialect.newest_id())[0][0])
        begun = Cursor("", datetime.now(timezone.utc), tuple(without), newest)
    else:
        begun = replace(cursor, seen=tuple(without))
    rows = yield from best_rows(dialect, node, limit, begun)
    return [(row, 0.0, {}) for row in rows]


def _rows(dialect: Dialect, ids: Sequence[int]) -> Plan[dict[int, Row]]:
    if not ids:
        return {}
    return {row[0]: row for row in (yield dialect.with_ids(ids))}
