"""Vectors on PostgreSQL, with pgvector: half-precision, under an HNSW index where there are many.

An index of nearest neighbours and a filter do not go together: of the few neighbours that it gives, a filter may leave
none. So where few thoughts are left by the filters these are all compared; the index serves where many are.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pgvector import HalfVector

from ...errors import MissingFeature
from ...models import EmbeddingModel
from ...query.tree import MatchAll, Node
from ...sql import fill
from ...vectors import Vector, similarity, unpacked
from ..contract.statement import Plan, Statement
from ..contract.vectors import Embedded, Place, Refusal, Text
from .compiler import compile_tree
from .rights import VECTORS, secured
from .shape import Shape, quoted
from .statistics import PostgresCounts

#: As many vectors are compared one and all in a few milliseconds.
_FEW = 10_000
#: Deeper in the list than this all are compared: an index is for the first.
_DEEPEST = 1_000
#: Found beyond the limit, since the server compares with less precision than we do.
_MARGIN = 16
_FIRST_ID = -(2**63)
_VERSION = (0, 8)
_INSTALL = (
    "Install it on the server (Debian: postgresql-VERSION-pgvector; others: github.com/pgvector/pgvector) and run "
    'CREATE EXTENSION vector in the database. mode="text" works without it.'
)


class _Support(NamedTuple):
    schema: str | None
    version: str | None
    #: Where the database has none: whether this role may create it; None where the server has none either.
    may_create: bool | None
    has_table: bool
    may_read: bool


class PostgresEmbedding:
    """See EmbeddingDialect."""

    def __init__(self, shape: Shape, sql: Callable[[str, str], str], counts: PostgresCounts) -> None:
        self._shape = shape
        self._of = sql
        self._counts = counts
        self._support: _Support | None = None
        self._schema: str | None = None
        self._indexed: set[int] = set()

    # --- what there is ---

    def _look(self) -> Plan[_Support]:
        """What the server has. Remembered once all is there."""
        if self._support is None:
            row = (yield Statement(self._of("embeddings", "support"), {"table": self._table}))[0]
            found = _Support(*row)
            self._schema = found.schema
            if not (found.schema and found.has_table and found.may_read):
                return found
            self._support = found
        return self._support

    def check(self) -> Plan[None]:
        _checked((yield from self._look()))

    def prepare(self) -> Plan[None]:
        found = yield from self._look()
        if found.schema is None and found.may_create:
            yield Statement(self._of("embeddings", "create_extension"))
            found = yield from self._look()
        _checked(found)
        if found.has_table:
            return
        yield self._statement("create_vectors")
        yield from secured(self._shape)

    @property
    def _table(self) -> str:
        return self._shape.prefix + VECTORS

    def _statement(self, name: str, parameters: Mapping[str, Any] | None = None, **holes: str) -> Statement:
        return Statement(self._sql(name, **holes), parameters or {})

    def _sql(self, name: str, **holes: str) -> str:
        vector = quoted(self._schema) + "." if self._schema else ""
        # The filters last: what is in them is not to be filled.
        return fill(self._of("embeddings", name), vector=vector, **holes)

    def models(self) -> Plan[list[EmbeddingModel]]:
        found = yield from self._look()
        if not (found.has_table and found.may_read):
            return []  # who may not read them is told so when they are searched
        new = self._of("embeddings", "new_vectors")
        rows = yield Statement(fill(self._of("embeddings", "models"), new=new))
        return [
            EmbeddingModel(ident, name, dimensions, active, int(embedded), spec)
            for ident, name, spec, dimensions, active, embedded in rows
        ]

    def register(self, name: str, spec: str | None, dimensions: int) -> Plan[None]:
        yield self._statement("register", {"name": name, "spec": spec, "dimensions": dimensions})

    def activate(self, model: int) -> Plan[None]:
        yield self._statement("activate", {"model": model})

    def forget_others(self, model: int, limit: int) -> Plan[int]:
        gone = yield self._statement("forget_vectors", {"model": model, "limit": limit})
        if not gone:
            for row in (yield self._statement("forget_models", {"model": model})):
                yield self._statement("drop_index", index=_index(row[0]))
            yield self._statement("forget_refused", {"model": model})
        return len(gone)

    # --- what lacks a vector, and giving it one ---

    def lacking(self, model: int, after: int | None, limit: int) -> Plan[list[Text]]:
        asked = {"model": model, "after": _FIRST_ID if after is None else after, "limit": limit}
        return [Text(*row) for row in (yield self._statement("lacking", asked))]

    def count_lacking(self, model: int | None, characters: int) -> Plan[tuple[int, int]]:
        without = "" if model is None else self._of("embeddings", "without_vector")
        asked = {"model": model if model is not None else -1, "characters": characters}
        count, size = (yield self._statement("count_lacking", asked, without=without))[0]
        return int(count), int(size)

    def keep(self, model: int, embedded: Sequence[Embedded]) -> Plan[int]:
        yield from self._look()
        if len(embedded) == 1:
            text, vector = embedded[0]
            row = {"thought_id": text.thought_id, "digest": text.digest, "embedding": _half(vector).to_text()}
            yield self._statement("keep", {"model": model, **row})
        elif embedded:
            yield self._statement("batch")
            rows = [
                {"thought_id": _int8(text.thought_id), "digest": _int8(text.digest or 0), "embedding": binary(vector)}
                for text, vector in embedded
            ]
            yield Statement(self._sql("copy_batch"), rows, many=True)
            yield self._statement("keep_batch", {"model": model})
        return len(embedded)

    def refuse(self, model: int, text: Text, reason: str) -> Plan[None]:
        asked = {"model": model, "thought_id": text.thought_id, "digest": text.digest, "reason": reason}
        yield self._statement("refuse", asked)

    def refused(self, model: int, limit: int) -> Plan[list[Refusal]]:
        rows = yield self._statement("refused", {"model": model, "limit": limit})
        return [Refusal(int(ident), str(reason)) for ident, reason in rows]

    def count_refused(self, model: int) -> Plan[int]:
        return int((yield self._statement("count_refused", {"model": model}))[0][0])

    def forgive(self, model: int) -> Plan[None]:
        yield self._statement("forgive", {"model": model})

    def loading(self, model: EmbeddingModel, coming: int) -> Plan[None]:
        if coming > model.embedded:
            self._indexed.discard(model.id)
            yield self._statement("drop_index", index=_index(model.id))

    def refresh_statistics(self, model: EmbeddingModel) -> Plan[None]:
        yield self._statement("count", {"model": model.id})

    def index(self, model: EmbeddingModel) -> Plan[None]:
        yield from self._look()
        if model.embedded < _FEW or (yield from self._is_indexed(model.id)):
            return
        yield self._statement("drop_index", index=_index(model.id))  # one that was left half built
        megabytes = model.embedded * (2 * model.dimensions + 400) // 2**20
        yield self._statement("room_to_build", megabytes=str(max(64, min(megabytes, 2_048))))
        yield self._statement("create_index", None, **_of(model), index=_index(model.id))

    def _is_indexed(self, model: int) -> Plan[bool]:
        if model not in self._indexed:
            asked = {"table": self._table, "index": _index(model)}
            if not (yield self._statement("has_index", asked))[0][0]:
                return False
            self._indexed.add(model)
        return True

    # --- searching ---

    def coverage(self, model: EmbeddingModel) -> Plan[tuple[int, int]]:
        documents, _, _ = yield from self._counts.of(())
        return min(model.embedded, documents), documents

    def vector(self, model: int, thought_id: int) -> Plan[Vector | None]:
        yield from self._look()
        rows = yield self._statement("vector", {"model": model, "thought_id": thought_id})
        return _stored(HalfVector.from_binary(rows[0][0])) if rows else None

    def nearest(
        self, model: EmbeddingModel, vector: Vector, node: Node, limit: int, place: Place
    ) -> Plan[list[tuple[int, float]]]:
        yield from self._look()
        wanted = limit + _MARGIN
        indexed = wanted + len(place.without) <= _DEEPEST and (yield from self._is_indexed(model.id))
        if indexed and not isinstance(node, MatchAll):
            compiled = compile_tree(node)
            counting = self._sql("matching", filters=compiled.text())
            asked = compiled.parameters | {"most": _FEW + 1}
            indexed = (yield Statement(self._shape.fill(counting), asked))[0][0] > _FEW
        if indexed:
            yield self._statement("look_wide")
        query = unpacked(vector)
        while True:
            rows = yield self._nearest("indexed" if indexed else "scanned", model, vector, node, wanted, place)
            if indexed and len(rows) < wanted:
                indexed = False  # the filters left nothing of what it is willing to look at
                continue
            scored = [(int(row[0]), similarity(HalfVector.from_binary(row[1]).to_list(), query)) for row in rows]
            scored.sort(key=lambda hit: (-hit[1], -hit[0]))
            # Where the last that were found are as near as the last that is wanted, there may be more of them.
            tied = len(rows) == wanted and scored[limit - 1][1] - scored[-1][1] <= _SAME
            if not tied or wanted > _MOST_ALIKE:
                return scored[:limit]
            wanted *= 4

    def _nearest(self, how: str, model: EmbeddingModel, vector: Vector, node: Node, limit: int, place: Place) -> Statement:
        compiled = compile_tree(node)
        if place.newest is not None:
            compiled.conditions.append(f"t.id <= {compiled.bind(place.newest, 'bigint')}")
        if place.without:
            compiled.conditions.append(f"t.id <> ALL({compiled.bind(list(place.without), 'bigint[]')})")
        sql = self._shape.fill(self._sql(f"nearest_{how}", **_of(model), filters=compiled.text()))
        return Statement(sql, compiled.parameters | {"vector": _half(vector).to_text(), "limit": limit})


#: Nearer than this they are the same to the server, whose sums are of single precision.
_SAME = 1e-5
#: Of more thoughts that say the same it is left to the server which come first.
_MOST_ALIKE = 2_000


def _checked(found: _Support) -> None:
    """Raises MissingFeature where vectors can't be kept or searched."""
    if found.schema is None:
        if found.may_create is None:
            raise MissingFeature(f"Searching by meaning needs pgvector, which this server does not have. {_INSTALL}")
        remedy = "run `thoughtsearch backfill --embeddings`"
        if not found.may_create:
            remedy = "have an administrator run CREATE EXTENSION vector, which this role may not"
        raise MissingFeature(
            f"Searching by meaning needs pgvector, which this server has and this database has not: {remedy}. "
            'mode="text" works without it.'
        )
    version = tuple(int(part) for part in (found.version or "0").split(".")[:2] if part.isdigit())
    if version < _VERSION:
        raise MissingFeature(
            f"Searching by meaning needs pgvector 0.8 or newer; this database has {found.version}. Upgrade it on the "
            'server and run ALTER EXTENSION vector UPDATE. mode="text" works without it.'
        )
    if found.has_table and not found.may_read:
        raise MissingFeature(
            "This role may not read the vectors here; ask for the right: GRANT SELECT ON ai_thought_embedding. "
            "(thoughtsearch init, run by the owner of the thoughts, grants it to whoever may read every thought; row "
            'security may hide some.) mode="text" works without it.'
        )


def _index(model: int) -> str:
    return f"ai_thought_embedding_hnsw_{model}"


def _of(model: EmbeddingModel) -> dict[str, str]:
    """Written into the statement: with parameters the planner could not know which index is meant."""
    return {"model": str(model.id), "dimensions": str(model.dimensions)}


def _int8(number: int) -> bytes:
    return struct.pack(">q", number)


def _half(vector: Vector) -> HalfVector:
    return HalfVector(list(unpacked(vector)))


def _stored(half: HalfVector) -> Vector:
    return struct.pack(f"<{half.dimensions()}e", *half.to_list())


def binary(vector: Vector) -> bytes:
    """What `HalfVector.to_binary` gives, from our bytes in a tenth of the time: a batch has a thousand of them."""
    numbers = array("H", vector)
    numbers.byteswap()  # from little-endian to the network's order
    return struct.pack(">HH", len(numbers), 0) + numbers.tobytes()
