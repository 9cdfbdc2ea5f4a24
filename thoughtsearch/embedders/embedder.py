"""Defines what an embedder is. thoughtsearch doesn't trust it: it checks the vectors before it uses them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, runtime_checkable

from ..errors import EmbedderError, EmbedderUnavailable, InputError, ThoughtsearchError
from ..text.clean import shown
from ..vectors import Vector, packed_all
from ..vectors import dimensions as length

#: How many characters of a text are embedded, unless the embedder has an attribute `most_characters`.
MOST_CHARACTERS = 8_192
#: How many texts an embedder gets at once, unless it has an attribute `batch_size`.
BATCH = 256
_LONGEST_NAME = 200
_MOST_DIMENSIONS = 4_000  # as many as pgvector can index


@runtime_checkable
class Embedder(Protocol):
    """A model. Several threads may call it, but one at a time, unless it has a true attribute `concurrent`.

    It raises EmbedderUnavailable, ConnectionError or TimeoutError if the same call may succeed later. Any other error is
    blamed on the texts. It may have the attributes `batch_size` and `most_characters`.
    """

    @property
    def name(self) -> str:
        """Stored with its vectors. Only vectors of the same name are compared, so another model needs another name."""

    @property
    def dimensions(self) -> int:
        """How many numbers its vectors have, at most 4,000."""

    def embed_documents(self, texts: Sequence[str]) -> Iterable[Iterable[float]]:
        """A vector for each text, in their order. They may have any length; length 0 means that the text has no meaning."""

    def embed_query(self, text: str) -> Iterable[float]:
        """The vector of a query, to compare with those of documents."""


class Checked:
    """Wraps an embedder: turns its failures into our errors; packs its vectors and checks their number and size."""

    def __init__(self, embedder: Embedder, spec: str | None = None) -> None:
        if not isinstance(embedder, Embedder):
            raise InputError(
                "An embedder has name, dimensions, embed_documents() and embed_query(); "
                f"got {type(embedder).__name__}. See thoughtsearch/embedders/embedder.py."
            )
        self._embedder = embedder
        # Model libraries seldom document whether two threads may call them at once.
        self._turn: AbstractContextManager[object] = (
            nullcontext() if getattr(embedder, "concurrent", False) else threading.RLock()
        )
        #: The name that the user gave; None for an object.
        self.spec = spec
        self.batch_size = max(1, int(getattr(embedder, "batch_size", BATCH)))
        self.most_characters = max(1, int(getattr(embedder, "most_characters", MOST_CHARACTERS)))

    @property
    def name(self) -> str:
        """See Embedder."""
        name = self._called(lambda: self._embedder.name)
        if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise EmbedderError(f"An embedder's name is a text of up to {_LONGEST_NAME} characters; got {shown(name)}.")
        return name

    @property
    def dimensions(self) -> int:
        """See Embedder."""
        found = self._called(lambda: self._embedder.dimensions)
        if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= _MOST_DIMENSIONS:
            raise EmbedderError(
                f"{self.name} has {shown(found)} for its dimensions; vectors of 1 to {_MOST_DIMENSIONS:,} can be kept."
            )
        return found

    def documents(self, texts: Sequence[str]) -> list[Vector]:
        """A vector for each text. Raises EmbedderError."""
        if not texts:
            return []
        cut = [text[: self.most_characters] for text in texts]
        vectors = self._called(lambda: packed_all(self._embedder.embed_documents(cut)))
        if len(vectors) != len(texts):
            raise EmbedderError(f"{self.name} gave {len(vectors)} vectors for {len(texts)} texts.")
        return self._of_right_size(vectors)

    def query(self, text: str) -> Vector:
        """The vector of a query. Raises EmbedderError."""
        cut = text[: self.most_characters]
        return self._of_right_size(self._called(lambda: packed_all([self._embedder.embed_query(cut)])))[0]

    def _of_right_size(self, vectors: list[Vector]) -> list[Vector]:
        wanted = self.dimensions
        for vector in vectors:
            if length(vector) != wanted:
                raise EmbedderError(f"{self.name} gave a vector of {length(vector)} numbers; it has {wanted} dimensions.")
        return vectors

    def _called(self, call: Any) -> Any:
        try:
            with self._turn:
                return call()
        except ThoughtsearchError:
            raise
        except (ConnectionError, TimeoutError) as error:
            raise EmbedderUnavailable(f"The embedder can't be used now: {_reason(error)}.") from error
        except Exception as error:
            raise EmbedderError(f"The embedder failed: {_reason(error)}.") from error


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
