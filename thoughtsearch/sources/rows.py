"""The rows of a table of any database, read a page at a time beside its writers.

The lengths of a page's rows are asked for first: then as many are read at once as fit into the limit of one record, and a
row that alone is longer is not read at all.

sqlite-utils says which tables, columns and keys a SQLite file has, and quotes names. The pages are read by our own
statements: sqlite-utils' rows_where() lists all tables at each call, and doesn't wait for a writer.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from ..engines.connect import open_engine, sqlite_driver
from ..engines.contract.engine import Connection
from ..engines.contract.statement import Plan, Row, Statement
from ..errors import DatabaseError, InputError
from ..location import locate
from ..sql import statements
from .limits import RECORD

if TYPE_CHECKING:
    from .sqlite_tables import SqliteTables

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
        self.engine = "postgres" if location.engine == "postgresql" else "sqlite"
        self._connection: Connection = open_engine(location, read_only=True, timeout=_TIMEOUT).connection
        self._connection.limit_length(limit)
        #: Its path, or its URL without a password.
        self.name: str = getattr(self._connection, "name", path)

    def close(self) -> None:
        self._connection.close()

    def tables(self) -> list[str]:
        """The names of its tables and views; none on PostgreSQL, where they may be many and in many schemas."""
        return [] if self.engine == "postgres" else self._sqlite.names()

    def columns(self, table: str) -> dict[str, int]:
        """Each column's place in the primary key, 0 for none. Empty where there is no such table."""
        if self.engine == "sqlite":
            return self._sqlite.columns(table)
        rows = self._ask(statements(self.engine, "imports")["foreign_columns"], table=self._table(table))
        return {row[0]: int(row[1]) for row in rows}

    def key(self, table: str) -> list[str]:
        """The columns that name a row of the table. Raises InputError where there are none."""
        if self.engine == "sqlite":
            return self._sqlite.key(table)
        places = {place: name for name, place in self.columns(table).items() if place}
        if places:
            return [places[place] for place in sorted(places)]
        raise InputError(f"{table} has no primary key; name a column that no two rows share: --id COLUMN.")

    def rows(self, table: str, columns: Sequence[str], key: Sequence[str]) -> Iterator[Row]:
        """(key, columns) of every row in the order of the key, without what comes behind the last one meanwhile; a LongRow
        in the place of one that is too long."""
        page = _Page(self, table, columns, key)
        while sizes := page.sizes():
            for count in _fitting(sizes, self._limit):
                if not count:
                    yield page.passed_over()
                else:
                    yield from page.rows(count)
            if len(sizes) < PAGE:
                return

    @cached_property
    def _sqlite(self) -> SqliteTables:
        from .sqlite_tables import SqliteTables  # takes longer to load than a query

        return SqliteTables(partial(sqlite_driver, self._connection))

    def quoted(self, name: str) -> str:
        """The name of a column as SQL."""
        return _quoted(name) if self.engine == "postgres" else self._sqlite.quoted(name)

    def _table(self, table: str) -> str:
        # On PostgreSQL it may be named with its schema.
        return ".".join(map(_quoted, table.split("."))) if self.engine == "postgres" else self.quoted(table)

    def _length(self, column: str) -> str:
        if self.engine == "postgres":
            return f"octet_length({_quoted(column)}::text)"
        return f"length(CAST({self.quoted(column)} AS BLOB))"

    def _mark(self, name: str) -> str:
        return f"%({name})s" if self.engine == "postgres" else f":{name}"

    def _ask(self, sql: str, **parameters: Any) -> list[Row]:
        def plan() -> Plan[list[Row]]:
            return (yield Statement(sql, parameters))

        return self._connection.run(plan())


class _Page:
    """Where the reading of a table has come to, and what is asked of the rows behind that place."""

    def __init__(self, database: Database, table: str, columns: Sequence[str], key: Sequence[str]) -> None:
        self._database = database
        self._from = f"FROM {database._table(table)}"
        self._key = [database.quoted(name) for name in key]
        self._chosen = ", ".join((*self._key, *map(database.quoted, columns)))
        lengths = " + ".join(f"coalesce({database._length(name)}, 0)" for name in columns)
        self._sized = ", ".join((*self._key, lengths))
        self._after: Row | None = None
        backwards = ", ".join(f"{name} DESC" for name in self._key)
        ends = database._ask(f"SELECT {', '.join(self._key)} {self._from} ORDER BY {backwards} LIMIT 1")
        self._end: Row | None = ends[0] if ends and None not in ends[0] else None

    def sizes(self) -> list[float]:
        """Of each of the next rows, in bytes."""
        try:
            return [float(row[-1]) for row in self._ask(self._sized, self._after, PAGE)]
        except (DatabaseError, InputError) as error:
            if not isinstance(error.__cause__, sqlite3.DataError):
                raise
        # One of them is longer than SQLite was told to read: which one?
        found, after = [], self._after
        for (*key,) in self._ask(", ".join(self._key), self._after, PAGE):
            try:
                found.append(float(self._ask(self._sized, after, 1)[0][-1]))
            except (DatabaseError, InputError) as error:
                if not isinstance(error.__cause__, sqlite3.DataError):
                    raise
                found.append(math.inf)
            after = tuple(key)
        return found

    def rows(self, count: int) -> list[Row]:
        """The next ones."""
        rows = self._ask(self._chosen, self._after, count)
        if rows:
            self._after = rows[-1][: len(self._key)]
        return rows

    def passed_over(self) -> LongRow:
        """The key of the next one, which is not read."""
        self._after = self._ask(", ".join(self._key), self._after, 1)[0]
        return LongRow(self._after)

    def _ask(self, chosen: str, after: Row | None, count: int) -> list[Row]:
        conditions: list[str] = []
        parameters: dict[str, Any] = {}
        order = ", ".join(self._key)
        for sign, place, row in ((">", "after", after), ("<=", "end", self._end)):
            if row is not None:
                names = [f"{place}{number}" for number in range(len(self._key))]
                parameters.update(zip(names, row, strict=True))
                condition = f"({order}) {sign} ({', '.join(map(self._database._mark, names))})"
                unknown = "" if place == "after" else " OR ".join(["", *(f"{name} IS NULL" for name in self._key)])
                conditions.append(f"({condition}{unknown})")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        return self._database._ask(f"SELECT {chosen} {self._from} {where} ORDER BY {order} LIMIT {count}", **parameters)


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


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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
