"""Vectors on SQLite: kept as blobs, and compared one and all, by numpy. No extension is needed, and the result is exact."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import MissingFeature
from ...models import EmbeddingModel
from ...query.tree import MatchAll, Node
from ...sql import statements
from ...vectors import Vector
from ..contract.statement import Plan, Statement
from ..contract.vectors import Embedded, Place, Refusal, Text
from .matching import matching_ids
from .statistics import corpus

if TYPE_CHECKING:
    from .vector_cache import VectorCache

_SQL = statements("sqlite", "embeddings")
#: So many vectors are looked up one by one rather than that all are read into memory, where they aren't yet.
_FEW = 5_000
#: Rows read at once into memory.
_CHUNK = 50_000


class SqliteEmbedding:
    """See EmbeddingDialect. Holds the vectors of the model that was searched last in memory."""

    def __init__(self) -> None:
        self._cache: VectorCache | None = None

    def check(self) -> Plan[None]:
        yield from ()
        try:
            import numpy  # noqa: F401
        except ImportError as error:
            raise MissingFeature(
                "Searching by meaning on SQLite needs numpy: pip install 'thoughtsearch[semantic]'. "
                'mode="text" works without it.'
            ) from error

    def prepare(self) -> Plan[None]:
        yield from ()

    def models(self) -> Plan[list[EmbeddingModel]]:
        rows = yield Statement(_SQL["models"])
        return [
            EmbeddingModel(ident, name, dimensions, bool(active), embedded, spec)
            for ident, name, spec, dimensions, active, embedded in rows
        ]

    def register(self, name: str, spec: str | None, dimensions: int) -> Plan[None]:
        yield Statement(_SQL["register"], {"name": name, "spec": spec, "dimensions": dimensions})

    def activate(self, model: int) -> Plan[None]:
        yield Statement(_SQL["activate"], {"model": model})

    def forget_others(self, model: int, limit: int) -> Plan[int]:
        gone = yield Statement(_SQL["forget_vectors"], {"model": model, "limit": limit})
        if not gone:
            yield Statement(_SQL["forget_models"], {"model": model})
            yield Statement(_SQL["forget_refused"], {"model": model})
        return len(gone)

    def lacking(self, model: int, after: int | None, limit: int) -> Plan[list[Text]]:
        found = {"model": model, "after": -math.inf if after is None else after, "limit": limit}
        return [Text(*row) for row in (yield Statement(_SQL["lacking"], found))]

    def count_lacking(self, model: int | None, characters: int) -> Plan[tuple[int, int]]:
        asked = {"model": -1 if model is None else model, "characters": characters}
        count, size = (yield Statement(_SQL["count_lacking"], asked))[0]
        return int(count), int(size)

    def keep(self, model: int, embedded: Sequence[Embedded]) -> Plan[int]:
        ids = json.dumps([one.text.thought_id for one in embedded])
        now = {row[0]: row[1] for row in (yield Statement(_SQL["texts"], {"ids": ids}))}
        kept = [one for one in embedded if now.get(one.text.thought_id) == one.text.content]
        yield Statement(_SQL["discard"], {"model": model, "ids": ids})
        rows = [{"thought_id": one.text.thought_id, "model": model, "embedding": one.vector} for one in kept]
        yield Statement(_SQL["keep"], rows, many=True)
        return len(kept)

    def refuse(self, model: int, text: Text, reason: str) -> Plan[None]:
        yield Statement(_SQL["refuse"], {"model": model, "thought_id": text.thought_id, "reason": reason})

    def refused(self, model: int, limit: int) -> Plan[list[Refusal]]:
        rows = yield Statement(_SQL["refused"], {"model": model, "limit": limit})
        return [Refusal(int(ident), str(reason)) for ident, reason in rows]

    def count_refused(self, model: int) -> Plan[int]:
        return int((yield Statement(_SQL["count_refused"], {"model": model}))[0][0])

    def forgive(self, model: int) -> Plan[None]:
        yield Statement(_SQL["forgive"], {"model": model})

    def loading(self, model: EmbeddingModel, coming: int) -> Plan[None]:
        yield from ()  # nothing is built from the vectors

    def refresh_statistics(self, model: EmbeddingModel) -> Plan[None]:
        yield from ()  # triggers count

    def index(self, model: EmbeddingModel) -> Plan[None]:
        yield from ()

    def coverage(self, model: EmbeddingModel) -> Plan[tuple[int, int]]:
        documents = (yield from corpus(())).documents
        return model.embedded, max(documents, model.embedded)  # fewer are known while a backfill is due

    def vector(self, model: int, thought_id: int) -> Plan[Vector | None]:
        rows = yield Statement(_SQL["vector"], {"model": model, "thought_id": thought_id})
        return rows[0][0] if rows else None

    def nearest(
        self, model: EmbeddingModel, vector: Vector, node: Node, limit: int, place: Place
    ) -> Plan[list[tuple[int, float]]]:
        from .vector_cache import VectorCache, nearest

        kept: list[int] | None = None
        if not isinstance(node, MatchAll):
            # One more than few, where that is all that needs to be known.
            most = -1 if self._is_ready(model) else _FEW + 1
            kept = [row[0] for row in (yield matching_ids(node, most))]
        if kept is not None and len(kept) <= _FEW and not self._is_ready(model):
            rows = yield Statement(_SQL["vectors_of"], {"model": model.id, "ids": json.dumps(kept)})
            return nearest(*VectorCache.read(rows, model.dimensions), vector, limit, place)
        if kept is not None and len(kept) > _FEW and not self._is_ready(model):
            kept = [row[0] for row in (yield matching_ids(node, -1))]
        cache = yield from self._up_to_date(model)
        return nearest(*cache.among(kept), vector, limit, place)

    def _is_ready(self, model: EmbeddingModel) -> bool:
        return self._cache is not None and self._cache.model == model.id

    def _up_to_date(self, model: EmbeddingModel) -> Plan[VectorCache]:
        """The vectors as they are in this transaction; only what has changed is read."""
        from .vector_cache import VectorCache

        cache = self._cache if self._is_ready(model) else None
        if cache is None:
            cache = VectorCache(model.id, model.dimensions, model.embedded)
        deletions, last = (yield Statement(_SQL["changes"], {"model": model.id}))[0]
        while cache.number < (last or 0):
            asked: dict[str, Any] = {"number": cache.number, "model": model.id, "limit": _CHUNK}
            rows = yield Statement(_SQL["vectors_since"], asked)
            cache.add([row[:2] for row in rows])
            cache.number = rows[-1][2] if len(rows) == _CHUNK else last
        if cache.deletions != deletions:
            if cache.deletions is not None:
                cache.keep_only([row[0] for row in (yield Statement(_SQL["embedded_ids"], {"model": model.id}))])
            cache.deletions = deletions
        self._cache = cache
        return cache
