"""A table of another database, SQLite or PostgreSQL: `--table notes --content body`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from ..errors import InputError
from .entry import Entry
from .limits import too_long
from .reader import Reader
from .reading import Reading
from .rows import Database, LongRow, plain
from .transcript import digest


def _read(reading: Reading) -> Iterator[Entry]:
    table = reading.options.get("table")
    if not table:
        raise InputError("This is a database: say which of its tables the thoughts are in, --table NAME.")
    with closing(Database(reading.path, reading.limits.record)) as database:
        reading.name = database.name
        columns = list(database.columns(table))
        if not columns:
            listed = ", ".join(database.tables())[:200]
            raise InputError(f"There is no table {table!r:.60} in {database.name}{listed and f', which has {listed}'}.")
        given = reading.options.get("id")
        key = [given] if given else database.key(table)
        content = reading.options.get("content") or "thought_content"
        for named, option in ((content, "--content"), (given, "--id")):
            if named and named not in columns and named != "rowid":
                listed = ", ".join(columns)[:200]
                raise InputError(f"{table} has no column {named!r:.60}; name the right one of {listed}: {option} COLUMN.")
        for number, row in enumerate(database.rows(table, columns, key), 1):
            if isinstance(row, LongRow):
                yield Entry(number, too_long("row", reading.limits.record, _place(row)))
                continue
            record = {name: plain(value) for name, value in zip(columns, row[len(key) :], strict=True)}
            text = record[content]
            if text is None or not str(text).strip():
                continue
            record[content] = text = str(text)
            # Its text too: another database may have another row there.
            ident = f"{table}/{_place(row[: len(key)])}/{digest(text)}"
            del row, text
            yield Entry(number, record, ident)


def _place(key: Sequence[Any]) -> str:
    return "/".join(str(plain(part)) for part in key)


def _recognises(path: str, start: bytes) -> bool:
    return path.startswith(("postgresql://", "postgres://"))


READER = Reader(
    "table", "a table of a SQLite or PostgreSQL database (--table)", _read, _recognises, (), database=True, plain=True
)
