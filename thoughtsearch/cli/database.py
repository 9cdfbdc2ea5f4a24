"""Opening a database for a command: what only reads makes no file, and changes none that holds no thoughts."""

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
    """The store, made where there is none. Raises NotAdopted for a table of another program, as `for_reading` does."""
    return _open(locate(database), embedder)


def for_reading(database: str | None, embedder: str | None = None) -> Store:
    """The store, which must be there. One of ours is upgraded where an older version made it."""
    location = existing(database)
    if location.target == ":memory:":
        return _open(location, embedder)
    try:
        return _open(location, embedder, read_only=True)
    except NotAdopted:
        raise
    except (ReadOnlyError, SchemaError):
        # Not ready: to be upgraded or mended, to be left alone, or (the same error again) beyond us.
        if not look(location, timeout=_TIMEOUT).has_table:
            # A URL is not printed: it may hold a password.
            what, target = ("path", location.target) if location.engine == "sqlite" else ("URL", "URL")
            raise SchemaError(
                f"{described(location)} holds no thoughts: it has no table ai_thought_history. "
                f"Check the {what}, or make the table with `thoughtsearch init -d {target}`."
            ) from None
    store = _open(location, embedder)
    note(f"The search index of {described(location)} was brought up to date.")
    return store


def check_is_there(location: Location) -> None:
    """Raises DatabaseUnavailable for a file that there isn't."""
    if location.engine == "sqlite" and location.target != ":memory:" and not os.path.exists(location.target):
        raise DatabaseUnavailable(_how_to_begin(location))


def existing(database: str | None) -> Location:
    """The database, of which a file must be there. Raises DatabaseUnavailable."""
    location = locate(database)
    check_is_there(location)
    return location


def named(location: Location) -> str:
    """The database for a person: a URL may hold a password."""
    return visible_line(location.target) if location.engine == "sqlite" else f"the {location.engine} database"


def option(location: Location) -> str:
    """What a command to be typed needs to name the database; a URL is not printed, as it may hold a password."""
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
