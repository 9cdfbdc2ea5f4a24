"""The embedder of a store. It is chosen when the store is opened, and loaded when a thread first needs it."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from ..models import EmbeddingModel
    from .embedder import Checked, Embedder


class LazyEmbedder:
    """The embedder given to `open()`, or the one that THOUGHTSEARCH_EMBEDDER named then. Raises InputError."""

    def __init__(self, given: Embedder | str | None) -> None:
        self._given = given
        self._opened: dict[str | None, Checked] = {}
        self._lock = threading.Lock()
        #: The failures that were logged already.
        self.told: set[str] = set()
        if given is not None or os.environ.get("THOUGHTSEARCH_EMBEDDER"):
            from .finding import configured

            self._given = configured(given)

    @property
    def is_configured(self) -> bool:
        """Whether the store has an embedder."""
        return self._given is not None

    def opened(self) -> Checked:
        """Load the embedder, which may take seconds. Raises the errors of `finding.opened`."""
        assert self._given is not None
        return self._load(self._given)

    def for_model(self, model: EmbeddingModel) -> Checked:
        """Load the embedder of this model, even if only the database names it.

        Raises InputError if the store has another embedder or none, and the errors of `opened`.
        """
        if self._given is None:
            from .finding import ENVIRONMENT, OFFLINE

            spec = model.spec or ""
            # A database alone may choose an embedder that works offline; any other one the user must name.
            if spec.partition(":")[0] not in OFFLINE:
                named = f"{ENVIRONMENT}={spec} or --embedder {spec}" if spec else "the embedder that made them"
                raise InputError(
                    f"To search by meaning the query must be embedded by the model of the vectors here, {model.name}: "
                    f"open the database with {named}."
                )
            found = self._load(spec)
        else:
            found = self.opened()
        if (found.name, found.dimensions) != (model.name, model.dimensions):
            raise InputError(
                f"The vectors here are of the model {model.name} ({model.dimensions} dimensions), and the embedder is "
                f"{found.name} ({found.dimensions}); vectors of two models can't be compared. Use the embedder of the "
                "vectors, or change the model with `thoughtsearch backfill --embeddings --embedder NAME`."
            )
        return found

    def _load(self, given: Embedder | str) -> Checked:
        with self._lock:
            key = given if isinstance(given, str) else None
            if key not in self._opened:
                from .finding import opened

                self._opened[key] = opened(given)
            return self._opened[key]
