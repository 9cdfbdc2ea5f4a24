"""Models of sentence-transformers. The library downloads a model that isn't on this machine yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import InputError


class SentenceTransformers:
    """See Embedder."""

    def __init__(self, model: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.name = f"sentence-transformers:{model}"
        self._model = SentenceTransformer(model)
        self.dimensions = int(self._model.get_sentence_embedding_dimension())

    def embed_documents(self, texts: Sequence[str]) -> Any:
        """An array with a row for each text."""
        # Models that distinguish queries from documents have prompts with these names.
        return self._encode(texts, "document")

    def embed_query(self, text: str) -> Any:
        """The vector of a query."""
        return self._encode([text], "query")[0]

    def _encode(self, texts: Sequence[str], prompt: str) -> Any:
        prompts = getattr(self._model, "prompts", None) or {}
        named = {"prompt_name": prompt} if prompts.get(prompt) else {}
        return self._model.encode(list(texts), convert_to_numpy=True, show_progress_bar=False, **named)


def open_model(model: str | None) -> SentenceTransformers:
    """Open `sentence-transformers:MODEL`, by its name or folder."""
    if model is None:
        raise InputError("sentence-transformers takes a model, as in sentence-transformers:all-MiniLM-L6-v2.")
    return SentenceTransformers(model)
