"""Finds out which database is meant: an explicit URL or path, else THOUGHTSEARCH_URL, else DATABASE_TYPE with
CloudBrain's variables, else the default.

A text that was meant as a connection to a server must not become the name of a file. The file would be made, and its name,
with the password in it, would be listed and backed up. So a text that looks like a connection is refused, and no message
repeats it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

from .errors import DatabaseUnavailable, InputError
from .text.clean import clean, reading, shown

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
#: The beginning of a libpq connection string, `host=… password=…`. A file with such a name can be given as ./host=….
_KEYWORD = re.compile(
    r"\s*(host|hostaddr|port|dbname|database|user|username|passfile|service|server|data source|sslmode|options"
    r"|application_name|connect_timeout|target_session_attrs|client_encoding)\s*=",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"(\b(?:password|passwd|pwd)\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s;&]*)", re.IGNORECASE)
#: Mistyped URLs, and URLs of other programs.
_NEARLY_A_URL = re.compile(r"\s*((sqlite3?|postgres(ql)?|pgsql|psql)(\+\w+)?(:|//)|jdbc:|file:)", re.IGNORECASE)
#: `user:password@host`. A text that begins so is more often a URL without its scheme than a path.
_LOGIN = re.compile(r"\s*/{0,3}[^/\\:@]*:[^/\\]*@")
_USER_AND_PASSWORD = re.compile(r"((?://)?[^/\s:@]*):[^/].*@", re.DOTALL)
#: Parameters of SQLite's own URIs. We don't read them, and ignoring them would open another database than was meant.
_OF_SQLITE = ("mode", "immutable", "vfs", "nolock", "cache")
_SERVER = ("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD")
_FORMS = "a file's path, sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"


@dataclass(frozen=True, slots=True)
class Location:
    """A database. `engine` is "sqlite" or "postgresql"; `target` is a file's path or a URL."""

    engine: str
    target: str
    is_default: bool = False

    def __repr__(self) -> str:
        return f"Location({self.engine!r}, {redacted(self.target)!r})"


def locate(url_or_path: str | os.PathLike[str] | None = None) -> Location:
    """Find the database that is meant. Raises InputError for a URL of an unknown engine."""
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
    found = _default()
    ignored = [name for name in ("DATABASE_URL", "POSTGRES_HOST", "POSTGRES_DB") if os.environ.get(name)]
    if ignored:
        _say_ignored(" and ".join(ignored), found.target)
    return found


@cache  # so that it is said only once
def _say_ignored(names: str, used: str) -> None:
    import logging  # imported here, as a search doesn't need it

    logging.getLogger("thoughtsearch").warning(
        "%s: not read, because DATABASE_TYPE is not set; the thoughts are in %s. Set DATABASE_TYPE to postgresql to use "
        "the database named there, or to sqlite to use this file.",
        names,
        used,
    )


def _default() -> Location:
    return Location("sqlite", str(default_path()), is_default=True)


def _cloudbrain(kind: str, url: str | None) -> Location:
    """The database that DATABASE_TYPE and DATABASE_URL name. Without a URL, on PostgreSQL the one that CloudBrain's
    POSTGRES_HOST and so on name, on SQLite the default one."""
    engine = "sqlite" if kind == "sqlite" else "postgresql"
    if not url and engine == "postgresql" and any(os.environ.get(name) for name in ("POSTGRES_HOST", "POSTGRES_DB")):
        return Location("postgresql", _served())
    found = parse(url) if url else _default()
    if found.engine != engine:
        held = f"names {found.engine}" if url else "is not set (nor POSTGRES_HOST or POSTGRES_DB)"
        raise InputError(f"DATABASE_TYPE is {kind}, and DATABASE_URL {held}; set both alike, or THOUGHTSEARCH_URL alone.")
    return found


def _served() -> str:
    """The URL of the database that POSTGRES_HOST, _PORT, _DB, _USER and _PASSWORD name, with CloudBrain's defaults."""
    host, port, name, user, password = (os.environ.get(variable, "") for variable in _SERVER)
    given = {"host": host or "localhost", "port": port, "user": user, "password": password}
    query = urlencode({key: value for key, value in given.items() if value}, quote_via=quote, safe="")
    return f"postgresql:///{quote(name or 'cloudbrain', safe='')}?{query}"


def parse(text: str) -> Location:
    """Parse a path, sqlite:///PATH or postgresql://… Raises InputError for any other text; it repeats no password."""
    if not text.strip() or clean(text) != text:
        raise InputError(f"A database is named by a file's path or a URL; got {redacted(shown(text))}.")
    found = _SCHEME.fullmatch(text)
    if not found:
        _refuse_connection_strings(text)
        return Location("sqlite", text if text == ":memory:" else str(Path(text).expanduser()))
    scheme, plus, driver = found[1].lower().partition("+")
    if plus and scheme in ("sqlite", "postgresql", "postgres"):
        right = "sqlite:///PATH" if scheme == "sqlite" else "postgresql://…"
        raise InputError(
            f"{scheme}+{driver}:// names a driver; thoughtsearch has its own: write {right} without +{driver}."
        )
    if scheme == "sqlite":
        return Location("sqlite", _sqlite_path(found[2]))
    if scheme in ("postgresql", "postgres"):
        return Location("postgresql", f"postgresql://{found[2]}")
    raise InputError(f"thoughtsearch knows sqlite:/// and postgresql:// URLs and file paths; got {found[1].lower()}://.")


def _sqlite_path(rest: str) -> str:
    """The path in a URL: sqlite:///relative.db or sqlite:////absolute.db, as in SQLAlchemy. sqlite:// is in memory."""
    path, _, query = rest.partition("?")
    path = unquote(path)
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name in _OF_SQLITE:
            raise InputError(
                f"The parameter {name} of a sqlite:/// URL is not read; leave it out, or name the file's path."
            )
    if path and not path.startswith("/"):
        # The path may be a login: then the message must not repeat it.
        written = f"sqlite:///{path}" if "@" not in path and ":" not in path else "sqlite:///PATH, without user or host"
        raise InputError(f"A SQLite URL has three slashes before its path: {written}.")
    if path[1:] != ":memory:":
        _refuse_connection_strings(path[1:])
    return str(Path(path[1:]).expanduser()) if path[1:] else ":memory:"


def _refuse_connection_strings(text: str) -> None:
    """Raise InputError for a text that is meant as a connection to a server or as another program's URL."""
    if _NEARLY_A_URL.match(text):
        raise InputError(f"This is no URL of a database as thoughtsearch reads it; write {_FORMS}.")
    if not text.startswith((".", "/", "~")) and (_KEYWORD.match(text) or _PASSWORD.search(text)):
        raise InputError(
            "This is a connection string of key=value pairs; write it as a URL: postgresql://USER:PASSWORD@HOST:PORT/NAME. "
            "(A file with such a name is written with ./ before it.)"
        )
    if _LOGIN.match(text):
        raise InputError(f"This has a user and a password, but no scheme; write {_FORMS}.")


def default_path() -> Path:
    """The default database: a file in the user's data folder. Makes the folder if need be."""
    from platformdirs import user_data_path

    folder = user_data_path("thoughtsearch", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(f"The data folder {folder} can't be made ({error.strerror}); name a database.") from error
    return folder / "thoughts.db"


def redacted(text: str) -> str:
    """The text for a message, without what may be a password."""
    return _PASSWORD.sub(r"\1***", _USER_AND_PASSWORD.sub(r"\1:***@", text))
