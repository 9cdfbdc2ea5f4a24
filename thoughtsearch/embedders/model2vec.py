"""Static models of model2vec. The library downloads a model that isn't on this machine yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import InputError


class Model2Vec:
    """See Embedder."""

    batch_size = 1_024

    def __init__(self, model: str) -> None:
        from model2vec import StaticModel

        self.name = f"model2vec:{model}"
        self._model = StaticModel.from_pretrained(model)
        self.dimensions = int(self._model.dim)

    def embed_documents(self, texts: Sequence[str]) -> Any:
        """An array with a row for each text."""
        return self._model.encode(list(texts), show_progress_bar=False)

    def embed_query(self, text: str) -> Any:
        """The vector of a query."""
        return self.embed_documents([text])[0]


def open_model(model: str | None) -> Model2Vec:
    """Open `model2vec:MODEL`, by its name or folder."""
    if model is None:
        raise InputError("model2vec takes a model, as in model2vec:minishlab/potion-base-8M.")
    return Model2Vec(model)
