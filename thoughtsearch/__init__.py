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
from .version import __version__ as __version__

if TYPE_CHECKING:
    from .async_store import AsyncStore, aopen
    from .maintenance import (
        DoctorReport,
        EmbeddingReport,
        Finding,
        ImportReport,
        Indexed,
        LeftOut,
        TransferReport,
        backfill,
        backfill_embeddings,
        doctor,
        import_files,
        transfer,
    )

__all__ = [
    "AsyncStore",
    "Coverage",
    "CursorError",
    "DatabaseError",
    "DatabaseLocked",
    "DatabaseUnavailable",
    "DoctorReport",
    "EmbedderError",
    "EmbedderUnavailable",
    "EmbeddingModel",
    "EmbeddingReport",
    "Explanation",
    "FacetValue",
    "Finding",
    "Hit",
    "ImportReport",
    "Indexed",
    "InputError",
    "LeftOut",
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
    "TransferReport",
    "add",
    "add_many",
    "aopen",
    "backfill",
    "backfill_embeddings",
    "doctor",
    "import_files",
    "open",
    "search",
    "transfer",
]


_OF_ASYNCIO = ("AsyncStore", "aopen")


def __getattr__(name: str) -> Any:
    # asyncio takes longer to import than a search takes, and the jobs bring much along; only who uses them pays.
    if name in _OF_ASYNCIO:
        from . import async_store

        return getattr(async_store, name)
    if name in __all__:
        from . import maintenance

        return getattr(maintenance, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
