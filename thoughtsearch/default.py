"""The module-level functions, on the default database: opened at first use, one for each place it is in."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .location import Location, locate
from .models import Results, Thought
from .query.arguments import SearchOptions
from .records import Record
from .store import Store
from .store import open as open_store

if TYPE_CHECKING:
    from typing_extensions import Unpack

_stores: dict[Location, Store] = {}
_lock = threading.Lock()


def default_store() -> Store:
    """The open default store: of THOUGHTSEARCH_URL, DATABASE_URL, or the embedded default, as they are now."""
    location = locate()
    with _lock:
        if location not in _stores:
            if not _stores:
                atexit.register(_close)
            _stores[location] = open_store()
        return _stores[location]


def search(query: str = "", **options: Unpack[SearchOptions]) -> Results:
    """Search the default database; see Store.search."""
    return default_store().search(query, **options)


def add(thought_content: str | Thought, **columns: Any) -> int:
    """Store one thought in the default database; see Store.add."""
    return default_store().add(thought_content, **columns)


def add_many(records: Iterable[Record]) -> int:
    """Store many thoughts in the default database; see Store.add_many."""
    return default_store().add_many(records)


def _close() -> None:
    for store in _stores.values():
        store.close()
    _stores.clear()
