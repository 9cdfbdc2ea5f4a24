"""Opens a database for a command. A command that only reads makes no file, and changes no file without thoughts."""

from __future__ import annotations

import os
import shlex

from ..embedders.lazy import LazyEmbedder
from ..engines.connect import connect, described, look
from ..errors import DatabaseUnavailable, NotAdopted, ReadOnlyError, SchemaError
from ..location import Location, locate
from ..store import Store
from .terminal import note, visible_line

_TIMEOUT = 30.0


def for_writing(database: str | None, embedder: str | None = None) -> Store:
    """Open the store; make it if there is none. Raises NotAdopted for another program's table, as `for_reading` does."""
    return _open(locate(database), embedder)


def for_reading(database: str | None, embedder: str | None = None) -> Store:
    """Open the store, which must exist. Upgrades a table that an older version of thoughtsearch made."""
    location = existing(database)
    if location.target == ":memory:":
        return _open(location, embedder)
    try:
        return _open(location, embedder, read_only=True)
    except NotAdopted:
        raise
    except (ReadOnlyError, SchemaError):
        # It isn't ready. It needs an upgrade or a repair, or holds no thoughts, or opening it below raises the error again.
        if not look(location, timeout=_TIMEOUT).has_table:
            # Don't print a URL: it may hold a password.
            what, target = ("path", location.target) if location.engine == "sqlite" else ("URL", "URL")
            raise SchemaError(
                f"{described(location)} holds no thoughts: it has no table ai_thought_history. "
                f"Check the {what}, or make the table with `thoughtsearch init -d {target}`."
            ) from None
    store = _open(location, embedder)
    note(f"The search index of {described(location)} was brought up to date.")
    return store


def check_is_there(location: Location) -> None:
    """Raise DatabaseUnavailable if the file doesn't exist."""
    if location.engine == "sqlite" and location.target != ":memory:" and not os.path.exists(location.target):
        raise DatabaseUnavailable(_how_to_begin(location))


def existing(database: str | None) -> Location:
    """Find the database. If it is a file, it must exist. Raises DatabaseUnavailable."""
    location = locate(database)
    check_is_there(location)
    return location


def named(location: Location) -> str:
    """Name the database for a person, without its URL, which may hold a password."""
    return visible_line(location.target) if location.engine == "sqlite" else f"the {location.engine} database"


def option(location: Location) -> str:
    """The option -d of a suggested command. It doesn't print a URL, which may hold a password."""
    if location.is_default:
        return ""
    return f" -d {visible_line(shlex.quote(location.target)) if location.engine == 'sqlite' else 'URL'}"


def _open(location: Location, embedder: str | None, *, read_only: bool = False) -> Store:
    lazy = LazyEmbedder(embedder)
    return Store(*connect(location, read_only=read_only, timeout=_TIMEOUT, shared=False), lazy)


def _how_to_begin(location: Location) -> str:
    begin = 'begin with `thoughtsearch add "…"`, `thoughtsearch import FILE`, or try `thoughtsearch demo`'
    if location.is_default:
        return f"There is no database yet at {location.target}, the default; {begin}."
    return f"There is no database at {location.target}; check the path, or {begin}."
