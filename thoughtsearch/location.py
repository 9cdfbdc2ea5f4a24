"""Which database: an explicit URL or path, THOUGHTSEARCH_URL, CloudBrain's DATABASE_TYPE and DATABASE_URL, the default."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from .clean import clean, reading, shown
from .errors import DatabaseUnavailable, InputError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Location:
    """A database: `engine` is "sqlite" or "postgresql"; `target` a file's path or a URL."""

    engine: str
    target: str
    is_default: bool = False


def locate(url_or_path: str | os.PathLike[str] | None = None) -> Location:
    """The database meant. Raises InputError for a URL that names no engine we know."""
    if url_or_path is not None:
        with reading("The path or URL of a database"):
            named = os.fspath(url_or_path) if isinstance(url_or_path, os.PathLike) else url_or_path
        if not isinstance(named, str):
            raise InputError(f"A database is named by a file's path or a URL; got {shown(named)}.")
        return parse(str.__str__(named))
    if url := os.environ.get("THOUGHTSEARCH_URL"):
        return parse(url)
    if kind := os.environ.get("DATABASE_TYPE"):
        if kind.lower() not in ("sqlite", "postgresql", "postgres"):
            raise InputError(f"DATABASE_TYPE is sqlite or postgresql; it is {kind!r:.40}.")
        return _cloudbrain(kind.lower(), os.environ.get("DATABASE_URL"))
    return _default()


def _default() -> Location:
    return Location("sqlite", str(default_path()), is_default=True)


def _cloudbrain(kind: str, url: str | None) -> Location:
    """The database of DATABASE_TYPE and DATABASE_URL; without a URL, of SQLite the default one."""
    engine = "sqlite" if kind == "sqlite" else "postgresql"
    found = parse(url) if url else _default()
    if found.engine != engine:
        held = f"names {found.engine}" if url else "is not set"
        raise InputError(f"DATABASE_TYPE is {kind}, and DATABASE_URL {held}; set both alike, or THOUGHTSEARCH_URL alone.")
    return found


def parse(text: str) -> Location:
    """A path, sqlite:///PATH or postgresql://…"""
    if not text.strip() or clean(text) != text:
        raise InputError(f"A database is named by a file's path or a URL; got {shown(text)}.")
    found = _SCHEME.fullmatch(text)
    if not found:
        if re.match(r"(sqlite|postgres(ql)?):", text):
            raise InputError(f"A database URL reads sqlite:///PATH or postgresql://USER@HOST/NAME; got {_masked(text)!r}.")
        return Location("sqlite", text if text == ":memory:" else str(Path(text).expanduser()))
    scheme = found[1].lower().partition("+")[0]
    if scheme == "sqlite":
        # sqlite:///relative.db and sqlite:////absolute.db, as in SQLAlchemy; sqlite:// alone is in memory.
        path = unquote(found[2].partition("?")[0])
        if path and not path.startswith("/"):
            raise InputError(f"A SQLite URL has three slashes before its path: sqlite:///{path}.")
        return Location("sqlite", str(Path(path[1:]).expanduser()) if path[1:] else ":memory:")
    if scheme in ("postgresql", "postgres"):
        return Location("postgresql", f"postgresql://{found[2]}")  # without a driver's name, as in postgresql+psycopg://
    raise InputError(f"thoughtsearch knows sqlite:/// and postgresql:// URLs and file paths; got {scheme}://.")


def default_path() -> Path:
    """The embedded default: a file in the user's data folder, which is made if need be."""
    from platformdirs import user_data_path

    folder = user_data_path("thoughtsearch", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(f"The data folder {folder} can't be made ({error.strerror}); name a database.") from error
    return folder / "thoughts.db"


def _masked(url: str) -> str:
    return re.sub(r":.*@", ":***@", url, flags=re.DOTALL)[:100]
