"""Models of fastembed, which run in ONNX. The library downloads a model that isn't on this machine yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import InputError


class FastEmbed:
    """See Embedder."""

    def __init__(self, model: str) -> None:
        from fastembed import TextEmbedding

        self.name = f"fastembed:{model}"
        self._model = TextEmbedding(model)
        self.dimensions = len(self.embed_query("dimensions"))

    def embed_documents(self, texts: Sequence[str]) -> list[Any]:
        """A vector for each text."""
        return list(self._model.passage_embed(list(texts)))

    def embed_query(self, text: str) -> Any:
        """The vector of a query."""
        return next(iter(self._model.query_embed(text)))


def open_model(model: str | None) -> FastEmbed:
    """Open `fastembed:MODEL`."""
    if model is None:
        raise InputError("fastembed takes a model, as in fastembed:BAAI/bge-small-en-v1.5.")
    return FastEmbed(model)
