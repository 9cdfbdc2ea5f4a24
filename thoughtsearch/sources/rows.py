"""The rows of a table of any database, read a page at a time beside its writers.

The lengths of a page's rows are asked for first: then as many are read at once as fit into the limit of one record, and a
row that alone is longer is not read at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..engines.connect import described, open_tables
from ..engines.contract.statement import Row
from ..engines.contract.tables import Part
from ..engines.tables import Tables
from ..errors import InputError
from ..location import locate
from .limits import RECORD

PAGE = 500
_TIMEOUT = 30.0


class LongRow(tuple[Any, ...]):
    """The key of a row that is longer than a record may be."""

    __slots__ = ()


class Database:
    """A database that is only read. Raises DatabaseError where it can't be opened."""

    def __init__(self, path: str, limit: int = RECORD) -> None:
        self._limit = limit
        location = locate(path)
        self._tables = open_tables(location, timeout=_TIMEOUT, longest=limit)
        #: Its path, or its URL without a password.
        self.name = path if location.engine == "sqlite" else described(location)

    def close(self) -> None:
        self._tables.close()

    def columns(self, table: str) -> dict[str, int]:
        """Each column's place in the primary key, 0 for none. Empty where there is no such table."""
        return self._tables.columns(table)

    def key(self, table: str) -> list[str]:
        """The columns that name a row of the table. Raises InputError where there are none."""
        places = {place: name for name, place in self.columns(table).items() if place}
        if places:
            return [places[place] for place in sorted(places)]
        if self._tables.has_rowid(table):
            return ["rowid"]
        raise InputError(f"{table} has no primary key; name a column that no two rows share: --id COLUMN.")

    def rows(self, table: str, columns: Sequence[str], key: Sequence[str]) -> Iterator[Row]:
        """(key, columns) of every row in the order of the key, without what comes behind the last one meanwhile; a LongRow
        in the place of one that is too long."""
        page = _Page(self._tables, table, columns, key)
        while sizes := page.sizes():
            for count in _fitting(sizes, self._limit):
                if not count:
                    yield page.passed_over()
                else:
                    yield from page.rows(count)
            if len(sizes) < PAGE:
                return


class _Page:
    """Where the reading of a table has come to, and what is asked of the rows behind that place."""

    def __init__(self, tables: Tables, table: str, columns: Sequence[str], key: Sequence[str]) -> None:
        self._tables = tables
        self._columns = columns
        self._part = Part(table, key, end=tables.last_key(table, key))

    def sizes(self) -> list[float]:
        """Of each of the next rows, in bytes."""
        sizes = self._tables.sizes(self._part, self._columns, PAGE)
        if sizes is not None:
            return sizes
        # One of them is longer than SQLite was told to read: which one?
        found, part = [], self._part
        for key in self._tables.keys(part, PAGE):
            alone = self._tables.sizes(part, self._columns, 1)
            found.append(math.inf if alone is None else alone[0])
            part = part._replace(after=key)
        return found

    def rows(self, count: int) -> list[Row]:
        """The next ones."""
        rows = self._tables.rows(self._part, self._columns, count)
        if rows:
            self._part = self._part._replace(after=rows[-1][: len(self._part.key)])
        return rows

    def passed_over(self) -> LongRow:
        """The key of the next one, which is not read."""
        (key,) = self._tables.keys(self._part, 1)
        self._part = self._part._replace(after=key)
        return LongRow(key)


def _fitting(sizes: Sequence[float], limit: int) -> Iterator[int]:
    """How many rows at a time fit into the limit together; 0 for one that does not alone."""
    count, together = 0, 0.0
    for size in sizes:
        if count and together + size > limit:
            yield count
            count, together = 0, 0.0
        if size > limit:
            yield 0
        else:
            count, together = count + 1, together + size
    if count:
        yield count


def plain(value: Any) -> Any:
    """A cell as JSON has it; the bytes of no text as None."""
    if isinstance(value, (bytes, memoryview)):
        try:
            return bytes(value).decode("utf-8")
        except UnicodeDecodeError:
            return None
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, (str, int, float, bool, list, dict)) else str(value)
