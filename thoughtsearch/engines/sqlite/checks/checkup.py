"""The check-up of a SQLite database: its file, and what keeps the index. `index.py` looks at the index itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ....errors import DatabaseError, DatabaseUnavailable, SchemaError
from ....sql import statements
from ...contract.checkup import (
    MENDED,
    Checkup,
    Finding,
    Part,
    former,
    lacking,
    listed,
    megabytes,
    note,
    ok,
    unadopted,
    unknown,
    version_finding,
    wrong,
)
from ...contract.statement import Plan, Rows, Statement
from .. import backfill, schema
from ..connection import TO_SAVE, SqliteConnection
from .index import ANEW, Index, Tags, Thoughts, rebuilt, rows_of

_SQL = statements("sqlite", "checkup")
#: The planner's statistics are stale when a large table has grown or shrunk `_STALE` times since they were made.
_STALE, _LARGE = 4, 1_000


def checkup(connection: SqliteConnection, *, full: bool) -> Checkup:
    """The check-up of an opened database. With `full` it looks at every thought, in a large table too."""
    parts: list[Part] = [
        File(connection, full=full),
        Schema(connection),
        Journal(connection),
        Analysis(connection),
        Thoughts(connection),
        Index(connection, full=full),
        Tags(connection, full=full),
        Statistics(connection),
    ]
    return Checkup(parts, _failed)


def _failed(error: DatabaseError) -> Finding:
    if isinstance(error, DatabaseUnavailable):
        if "malformed" not in str(error) and "not a database" not in str(error):
            raise error
        return wrong(f"a part of the file is damaged ({error.__cause__})", TO_SAVE)
    if isinstance(error, SchemaError):
        return wrong(str(error))
    return unknown(error)


class File:
    """The pages of the file."""

    name, needed = "file", True

    def __init__(self, connection: SqliteConnection, *, full: bool) -> None:
        self._connection, self._full = connection, full
        self.looks = (self._pages,)
        self.repairs = {"reindex": self._reindexed}

    def _pages(self) -> Iterator[Finding]:
        # To compare each index with its table takes four times as long.
        thorough = rows_of(self._connection).thorough(self._full)
        found = [str(row[0]) for row in _ask(self._connection, "pages_and_indexes" if thorough else "pages")]
        # Newer versions of SQLite look at FTS5's indexes too. Another part of this check-up does that.
        damaged = [text for text in found if text != "ok" and "FTS5" not in text]
        (size,) = _ask(self._connection, "size")[0]
        if not damaged:
            yield ok(f"SQLite {sqlite3.sqlite_version}, {megabytes(size)}, its pages are in order")
        elif all("index" in text for text in damaged):
            message = f"indexes do not hold what their tables say: {listed(damaged, 2)}"
            yield wrong(message, f"{MENDED} makes them anew", "reindex")
        else:
            yield wrong(f"pages are damaged: {listed(damaged, 2)}", TO_SAVE)

    def _reindexed(self) -> str:
        _change(self._connection, "reindex")
        return "made the indexes of all tables anew"


class Journal:
    """How transactions are kept safe."""

    name, needed = "journal", False

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self.looks = (self._mode,)
        self.repairs = {"journal": self._set}

    def _mode(self) -> Iterator[Finding]:
        if self._connection.is_frozen:
            yield note("can't be told: the folder is not writable")
            return
        (mode,) = _ask(self._connection, "journal")[0]
        if mode == "wal":
            yield ok("WAL: readers and a writer do not wait for each other")
        else:
            message = f"{mode} and not WAL: readers and writers wait for each other"
            yield wrong(message, f"{MENDED} sets it", "journal")

    def _set(self) -> str:
        self._connection.use_wal()
        if _ask(self._connection, "journal")[0][0] != "wal":
            raise DatabaseError(
                "The journal can't be set to WAL: another program uses the file, or the file is on a network drive."
            )
        return "set the journal to WAL"


class Schema:
    """The tables, views, triggers and indexes that keep the index."""

    name, needed = "schema", True

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self.looks = (self._objects, self._foreign)
        self.repairs = {"install": self._installed, "objects": self._made, "foreign": self._dropped}

    def _objects(self) -> Iterator[Finding]:
        found = self._connection.run(schema.inspect())
        if not found.has_table:
            message = f"the table {schema.TABLE} is gone, and the thoughts with it"
            yield wrong(message, "restore a backup; thoughtsearch init makes an empty one")
            return
        if found.unadopted:
            yield unadopted()
        elif found.missing:
            yield lacking(found.missing)
        if found.former:
            yield former(found.former)
        message = f"missing, or replaced by others: {listed(found.damaged)}"
        if found.damaged and all(map(schema.holds_nothing, found.damaged)):
            yield wrong(message, f"{MENDED} makes them anew", "objects")
        elif found.damaged:
            yield wrong(f"{message}; rows may have gone by unseen", ANEW, "install")
        if found.ready:
            yield ok("every table, view, trigger and index is there and is ours")

    def _foreign(self) -> Iterator[Finding]:
        if names := self._connection.run(schema.foreign_triggers()):
            message = f"triggers of another program write into the index: {listed(names)}"
            yield wrong(message, f"{MENDED} removes them, and makes the index anew", "foreign")

    def _installed(self) -> str:
        backfill.install(self._connection)
        return "made anew what keeps the index"

    def _made(self) -> str:
        def plan() -> Plan[list[str]]:
            found = yield from schema.inspect()
            names = [name for name in found.damaged if schema.holds_nothing(name)]
            yield from schema.make_anew(names)
            return names

        return f"made anew: {listed(self._connection.run(plan(), write=True))}"

    def _dropped(self) -> str:
        def plan() -> Plan[list[str]]:
            names = yield from schema.drop_foreign_triggers()
            yield from schema.reindex()
            return names

        return f"removed the triggers {listed(self._connection.run(plan(), write=True))}, and made the index anew"


class Analysis:
    """The version of the text analysis."""

    name, needed = "analysis", False

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self.looks = (self._version,)
        self.repairs = {"rebuild": self._rebuilt}

    def _version(self) -> Iterator[Finding]:
        yield version_finding(self._connection.run(schema.inspect()).analysis, "rebuild", ANEW)

    def _rebuilt(self) -> str:
        return rebuilt(self._connection)


class Statistics:
    """The planner's statistics. FTS5 itself keeps the exact counts that scores are made of."""

    name, needed = "statistics", False

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self.looks = (self._planner,)
        self.repairs = {"statistics": self._analyzed}

    def _planner(self) -> Iterator[Finding]:
        made = _ask(self._connection, "has_statistics")[0][0]
        stale = [
            f"{table} had {then:,} rows then, and has {now:,}"
            for table, then, now in (_ask(self._connection, "statistics") if made else ())
            if max(then, now) > _LARGE and max(then, now) > _STALE * min(then, now)
        ]
        if stale:
            message = f"the planner's are old: {listed(stale)}"
            yield wrong(message, f"{MENDED} makes them anew", "statistics")
        else:
            yield ok("the planner's fit" if made else "the planner has none, and needs none")

    def _analyzed(self) -> str:
        _change(self._connection, "analyze_thoughts", "analyze_tags")
        return "made the planner's statistics anew"


def _ask(connection: SqliteConnection, name: str) -> Rows:
    def plan() -> Plan[Rows]:
        return (yield Statement(_SQL[name]))

    return connection.run(plan())


def _change(connection: SqliteConnection, *names: str) -> None:
    def plan() -> Plan[None]:
        for name in names:
            yield Statement(_SQL[name])

    connection.run(plan(), write=True)
