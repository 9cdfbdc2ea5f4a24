"""The embedding models of the tool `llm` and its plugins, with the keys that are set there."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InputError


class LlmTool:
    """See Embedder."""

    def __init__(self, model: str) -> None:
        import llm

        try:
            self._model = llm.get_embedding_model(model)
        except llm.UnknownModelError:
            raise InputError(f"llm has no embedding model {model!r:.60}; `llm embed-models` lists them.") from None
        self.name = f"llm:{self._model.model_id}"
        self._dimensions: int | None = None

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has. The first call asks the model."""
        if self._dimensions is None:
            self._dimensions = len(self.embed_query("dimensions"))
        return self._dimensions

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text."""
        return [list(vector) for vector in self._model.embed_multi(list(texts))]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a query."""
        return list(self._model.embed(text))


def open_model(model: str | None) -> LlmTool:
    """Open `llm:MODEL`, by its id or an alias."""
    if model is None:
        raise InputError("llm takes one of its embedding models, as in llm:3-small; `llm embed-models` lists them.")
    return LlmTool(model)
