"""Makes the databases to measure: a temporary SQLite file, and a new schema in a PostgreSQL database, dropped later."""

from __future__ import annotations

import secrets
import signal
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engines.connect import open_engine
from ..engines.contract.statement import Plan, Row, Statement
from ..errors import DatabaseUnavailable, InputError
from ..location import locate
from ..store import Store
from ..store import open as open_store

#: Schemas whose names begin so are ours. A process that is killed leaves its schema behind.
PREFIX = "thoughtsearch_bench_"
_TIMEOUT = 30.0
_SETTINGS = {
    "sqlite": "SELECT journal_mode, CASE synchronous WHEN 1 THEN 'normal' ELSE synchronous END "
    "FROM pragma_journal_mode, pragma_synchronous",
    "postgresql": "SELECT current_setting('fsync'), current_setting('synchronous_commit'), "
    "current_setting('shared_buffers'), current_setting('server_version')",
}
# PostgreSQL stores in the row's vector what SQLite stores in the index: where in a thought its words stand.
_SIZES = {
    "sqlite": """
        SELECT page_count * page_size, (SELECT sum(length(block)) FROM ai_thought_history_fts_data)
            + (SELECT sum(length(sz)) FROM ai_thought_history_fts_docsize)
        FROM pragma_page_count, pragma_page_size
    """,
    "postgresql": """
        SELECT pg_total_relation_size('ai_thought_history'), pg_relation_size('ai_thought_history_search')
            + (SELECT coalesce(sum(pg_column_size(search_vector)), 0) FROM ai_thought_history)
    """,
}


@dataclass(frozen=True, slots=True)
class BenchDatabase:
    """A database that nobody else uses, and its store."""

    url: str
    store: Store

    @property
    def engine(self) -> str:
        """The name of the engine."""
        return self.store.engine

    def settings(self) -> dict[str, str]:
        """The settings that the figures depend on."""
        found = map(str, self._row(_SETTINGS[self.engine]))
        if self.engine == "sqlite":
            names: tuple[str, ...] = ("journal_mode", "synchronous")
            return dict(zip(names, found, strict=True)) | {"version": sqlite3.sqlite_version}
        names = ("fsync", "synchronous_commit", "shared_buffers", "version")
        return dict(zip(names, found, strict=True))

    def sizes(self) -> dict[str, int]:
        """Sizes in bytes: of the whole database, and of its full-text index."""
        total, text_index = map(int, self._row(_SIZES[self.engine]))
        return {"total": total, "text_index": text_index}

    def _row(self, sql: str) -> Row:
        return self.store.connection.run(_rows(sql))[0]


@contextmanager
def sqlite() -> Iterator[BenchDatabase]:
    """Make a database in a temporary file."""
    with tempfile.TemporaryDirectory(prefix="thoughtsearch-bench-") as folder:
        path = str(Path(folder, "thoughts.db"))
        with open_store(path) as store:
            yield BenchDatabase(path, store)


@contextmanager
def postgres(url: str) -> Iterator[BenchDatabase]:
    """Make a new schema. Reads and writes nothing outside it. Raises InputError for the URL of another engine."""
    location = locate(url)
    if location.engine != "postgresql":
        raise InputError("bench always measures SQLite, in a temporary file; --url names a PostgreSQL database beside it.")
    schema = PREFIX + secrets.token_hex(6)
    inside = with_schema(location.target, schema)
    with closing(open_engine(location, timeout=_TIMEOUT).connection) as connection, _ended_by_terminate():
        try:
            connection.run(_rows(f"CREATE SCHEMA {schema}"), write=True)
            _check(inside, schema)
            with open_store(inside, timeout=_TIMEOUT) as store:
                yield BenchDatabase(inside, store)
        finally:
            with _uninterrupted():
                connection.run(_rows(f"DROP SCHEMA IF EXISTS {schema} CASCADE"), write=True)


def with_schema(url: str, schema: str) -> str:
    """The URL of the same database with only this schema on the search_path. Its other options stay."""
    from urllib.parse import parse_qsl, quote, urlencode

    base, _, query = url.partition("?")
    given: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    given["options"] = f"{given.get('options', '')} -c search_path={schema}".strip()
    return base + "?" + urlencode(given, quote_via=quote, safe="/")


def _check(url: str, schema: str) -> None:
    # A pooler may drop the options of a connection. Then the thoughts would go into a table of the user.
    with closing(open_engine(locate(url), timeout=_TIMEOUT).connection) as connection:
        ((found,),) = connection.run(_rows("SELECT current_schema()"))
    if found != schema:
        raise DatabaseUnavailable(
            "This server does not heed the options of a connection, as some poolers don't; name the server itself."
        )


def _rows(sql: str) -> Plan[list[Row]]:
    # SQL of its own, on no dialect's behalf: only a benchmark makes schemas and asks for settings and sizes.
    return (yield Statement(sql))


def _handling(number: int, handler: Any) -> Any:
    @contextmanager
    def handled() -> Iterator[None]:
        before = signal.signal(number, handler)
        try:
            yield
        finally:
            signal.signal(number, before)

    # Python lets only the main thread set a handler.
    return handled() if threading.current_thread() is threading.main_thread() else nullcontext()


def _ended_by_terminate() -> Any:
    """Make SIGTERM end the process like Ctrl-C, so that it removes what it made."""
    return _handling(signal.SIGTERM, signal.default_int_handler)


def _uninterrupted() -> Any:
    return _handling(signal.SIGINT, signal.SIG_IGN)
