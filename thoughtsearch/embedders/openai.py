"""Any server with OpenAI's `/embeddings`: OpenAI itself, Ollama, vLLM, LM Studio, llama.cpp and others.

OPENAI_BASE_URL names the server (default https://api.openai.com/v1). OPENAI_API_KEY holds the key if it needs one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..errors import EmbedderError, InputError
from .http import JsonEndpoint, Patience

_OPENAI = "https://api.openai.com/v1"
#: Characters in one request: OpenAI takes 300,000 tokens.
_MOST_CHARACTERS = 250_000


class OpenAI:
    """See Embedder. Several threads may ask the server at once."""

    batch_size = 256
    concurrent = True

    def __init__(
        self,
        model: str,
        *,
        dimensions: int | None = None,
        url: str | None = None,
        key: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        """`dimensions` is for models that can shorten their vectors. Raises InputError."""
        base = (url or os.environ.get("OPENAI_BASE_URL") or _OPENAI).rstrip("/")
        key = key or os.environ.get("OPENAI_API_KEY") or None
        if base == _OPENAI and not key:
            raise InputError(
                "OPENAI_API_KEY is not set: give it the key for api.openai.com, or name another server by OPENAI_BASE_URL, "
                "such as http://localhost:11434/v1."
            )
        self.name = f"openai:{model}" + (f"@{dimensions}" if dimensions else "")
        self._model = model
        self._asked_dimensions = dimensions
        self._dimensions = dimensions
        self._endpoint = JsonEndpoint(f"{base}/embeddings", key, patience)

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has. The first call asks the server."""
        if self._dimensions is None:
            self._dimensions = len(self._embed(["dimensions"])[0])
        return self._dimensions

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text, with as few requests as their length allows."""
        vectors: list[list[float]] = []
        together: list[str] = []
        for text in texts:
            if together and sum(map(len, together)) + len(text) > _MOST_CHARACTERS:
                vectors += self._embed(together)
                together = []
            together.append(text)
        return vectors + (self._embed(together) if together else [])

    def embed_query(self, text: str) -> list[float]:
        """The vector of a query."""
        return self.embed_documents([text])[0]

    def _embed(self, texts: list[str]) -> list[list[float]]:
        # The server refuses an empty text. A blank one has no meaning either.
        question: dict[str, object] = {"model": self._model, "input": [text or " " for text in texts]}
        if self._asked_dimensions:
            question["dimensions"] = self._asked_dimensions
        answer = self._endpoint.ask(question)
        try:
            found = {int(item["index"]): [float(one) for one in item["embedding"]] for item in answer["data"]}
            return [found[number] for number in range(len(texts))]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise EmbedderError(
                f"The embedding server {self._endpoint.name} answered without a vector for each text "
                f"({type(error).__name__}: {error!s:.60})."
            ) from None


def open_model(model: str | None) -> OpenAI:
    """Open `openai:MODEL`, or `openai:MODEL@DIMENSIONS` for models that can shorten their vectors."""
    if model is None:
        raise InputError("openai takes the name of a model, as in openai:text-embedding-3-small.")
    name, at, dimensions = model.rpartition("@")
    if not at:
        return OpenAI(model)
    if not name or not dimensions.isascii() or not dimensions.isdigit() or not int(dimensions[:9]):
        raise InputError(
            f"openai takes MODEL or MODEL@DIMENSIONS, as in openai:text-embedding-3-small@512; got {model!r:.60}."
        )
    return OpenAI(name, dimensions=int(dimensions))
