"""What an embedder is to thoughtsearch, and what it is trusted with: nothing. Its vectors are checked before they count."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, runtime_checkable

from ..errors import EmbedderError, EmbedderUnavailable, InputError, ThoughtsearchError
from ..text.clean import shown
from ..vectors import Vector, packed_all
from ..vectors import dimensions as length

#: Of a text this many characters are embedded, unless the embedder has a `most_characters` of its own.
MOST_CHARACTERS = 8_192
#: So many texts are given to an embedder at once, unless it has a `batch_size` of its own.
BATCH = 256
_LONGEST_NAME = 200
_MOST_DIMENSIONS = 4_000  # of what pgvector can index


@runtime_checkable
class Embedder(Protocol):
    """A model. It may be called from several threads, one at a time unless it has an attribute `concurrent` that is true.

    It raises EmbedderUnavailable, ConnectionError or TimeoutError where the same call may succeed later; any other error is
    taken to be the texts' fault. `batch_size` and `most_characters` are looked for as attributes too.
    """

    @property
    def name(self) -> str:
        """Kept with its vectors. Vectors are compared under one name only, so another model must have another name."""

    @property
    def dimensions(self) -> int:
        """How many numbers its vectors have, at most 4,000."""

    def embed_documents(self, texts: Sequence[str]) -> Iterable[Iterable[float]]:
        """A vector for each text, in their order; of any length but 0, which stands for no meaning at all."""

    def embed_query(self, text: str) -> Iterable[float]:
        """The vector to compare with those of documents."""


class Checked:
    """An embedder whose failures are errors of ours, and whose vectors are packed, of the right number and size."""

    def __init__(self, embedder: Embedder, spec: str | None = None) -> None:
        if not isinstance(embedder, Embedder):
            raise InputError(
                "An embedder has name, dimensions, embed_documents() and embed_query(); "
                f"got {type(embedder).__name__}. See thoughtsearch/embedders/embedder.py."
            )
        self._embedder = embedder
        # Libraries of models seldom say what they do when two threads call them.
        self._turn: AbstractContextManager[object] = (
            nullcontext() if getattr(embedder, "concurrent", False) else threading.RLock()
        )
        #: How it was named by the user; None for an object.
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
