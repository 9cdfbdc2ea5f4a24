"""Search over the thoughts of AI agents: full text, filters and metadata predicates, behind one `search()`."""

from typing import TYPE_CHECKING, Any

from .default import add, add_many, search
from .errors import (
    CursorError,
    DatabaseError,
    DatabaseLocked,
    DatabaseUnavailable,
    EmbedderError,
    EmbedderUnavailable,
    InputError,
    MissingFeature,
    NotAdopted,
    QueryError,
    ReadOnlyError,
    SchemaError,
    SearchTimeout,
    ThoughtsearchError,
)
from .models import (
    Coverage,
    EmbeddingModel,
    Explanation,
    FacetValue,
    Hit,
    LegScore,
    Results,
    RetrieverScore,
    Snippet,
    TermScore,
    Thought,
)
from .store import Store, open  # noqa: A004  # thoughtsearch.open() is the public name

if TYPE_CHECKING:
    from .async_store import AsyncStore, aopen

__version__ = "0.1.0"

__all__ = [
    "AsyncStore",
    "Coverage",
    "CursorError",
    "DatabaseError",
    "DatabaseLocked",
    "DatabaseUnavailable",
    "EmbedderError",
    "EmbedderUnavailable",
    "EmbeddingModel",
    "Explanation",
    "FacetValue",
    "Hit",
    "InputError",
    "LegScore",
    "MissingFeature",
    "NotAdopted",
    "QueryError",
    "ReadOnlyError",
    "Results",
    "RetrieverScore",
    "SchemaError",
    "SearchTimeout",
    "Snippet",
    "Store",
    "TermScore",
    "Thought",
    "ThoughtsearchError",
    "add",
    "add_many",
    "aopen",
    "open",
    "search",
]


def __getattr__(name: str) -> Any:
    # asyncio takes longer to import than a search takes; only who uses it pays.
    if name in ("AsyncStore", "aopen"):
        from . import async_store

        return getattr(async_store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
