"""Identifies records that have no lasting name in their source: by their own id and text, or by their content."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from ..text.clean import clean
from ..text.nesting import dumps
from .reading import Reading
from .transcript import digest

_LONGEST = 200


class Identity:
    """Gives the records of one source their ids. They are the same each time the source is read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._field = str(reading.options.get("id") or "id")
        self._equal: sqlite3.Connection | None = None

    def of(self, given: str | None, record: Mapping[str, Any], text: str) -> str:
        """The id `given` by the reader; else the record's own id with its text, as two files may use the same numbers; else
        a digest of its content and how many equal records came before it."""
        if given is not None:
            return _bounded(given)
        named = record.get(self._field)
        if named not in (None, "") and isinstance(named, (str, int)):
            return _bounded(f"{named}/{digest(text)}")
        try:
            content = digest(json.dumps(record, sort_keys=True, default=str))
        except RecursionError:
            content = digest(dumps(record, default=str, allow_nan=True))
        # Reading only a later part wouldn't know the records before it.
        self._reading.state["whole"] = True
        return f"{content}/{self._count(content)}"

    def _count(self, content: str) -> int:
        if self._equal is None:
            # SQLite keeps it in a temporary file, so a long source doesn't fill the memory.
            self._equal = sqlite3.connect("", isolation_level=None)
            self._equal.execute("CREATE TABLE equal (content TEXT PRIMARY KEY, times INTEGER) WITHOUT ROWID")
            self._equal.execute("BEGIN")
        counted = self._equal.execute(
            "INSERT INTO equal VALUES (?, 0) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times", [content]
        )
        return int(counted.fetchone()[0])

    def __enter__(self) -> Identity:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._equal:
            self._equal.close()


def _bounded(ident: str) -> str:
    ident = clean(ident)
    return ident if len(ident) <= _LONGEST else f"{ident[:100]}/{digest(ident)}"
