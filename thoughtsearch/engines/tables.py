"""Tables of any database, opened to be read; and what the engines share of their statements."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from ..errors import ThoughtsearchError
from .contract.engine import Connection
from .contract.statement import Plan, Row, Statement
from .contract.tables import Part, TableDialect


class Tables:
    """An opened database. Each call is a transaction of its own, so that its writers don't wait."""

    def __init__(self, dialect: TableDialect, connection: Connection) -> None:
        self._dialect = dialect
        self._connection = connection

    def columns(self, table: str) -> dict[str, int]:
        """Each column's place in the primary key, 0 for none. Empty where there is no such table."""
        return self._connection.run(self._dialect.columns(table))

    def has_rowid(self, table: str) -> bool:
        """Whether its rows have numbers of SQLite's."""
        return self._connection.run(self._dialect.has_rowid(table))

    def last_key(self, table: str, key: Sequence[str]) -> Row | None:
        """The key of the last row; None where there are no rows, or it holds a NULL."""
        return self._connection.run(self._dialect.last_key(table, key))

    def keys(self, part: Part, count: int) -> list[Row]:
        """The keys of the first rows."""
        return self._connection.run(self._dialect.keys(part, count))

    def sizes(self, part: Part, columns: Sequence[str], count: int) -> list[float] | None:
        """The lengths of the first rows in bytes; None where one is longer than the engine was told to read."""
        try:
            return self._connection.run(self._dialect.sizes(part, columns, count))
        except ThoughtsearchError as error:
            if not isinstance(error.__cause__, sqlite3.DataError):
                raise
            return None

    def rows(self, part: Part, columns: Sequence[str], count: int) -> list[Row]:
        """The first rows: their keys, then these columns."""
        return self._connection.run(self._dialect.rows(part, columns, count))

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


class CommonTables(ABC):
    """See TableDialect."""

    def last_key(self, table: str, key: Sequence[str]) -> Plan[Row | None]:
        names = [quoted(name) for name in key]
        backwards = ", ".join(f"{name} DESC" for name in names)
        found = yield Statement(f"SELECT {', '.join(names)} FROM {self._named(table)} ORDER BY {backwards} LIMIT 1")
        return found[0] if found and None not in found[0] else None

    def keys(self, part: Part, count: int) -> Plan[list[Row]]:
        return (yield self._first(part, (), count))

    def sizes(self, part: Part, columns: Sequence[str], count: int) -> Plan[list[float]]:
        lengths = " + ".join(f"coalesce({self._length(quoted(name))}, 0)" for name in columns)
        return [float(row[-1]) for row in (yield self._first(part, [lengths], count))]

    def rows(self, part: Part, columns: Sequence[str], count: int) -> Plan[list[Row]]:
        return (yield self._first(part, [quoted(name) for name in columns], count))

    def _first(self, part: Part, chosen: Sequence[str], count: int) -> Statement:
        key = [quoted(name) for name in part.key]
        order = ", ".join(key)
        conditions: list[str] = []
        parameters: dict[str, Any] = {}
        for sign, place, row in ((">", "after", part.after), ("<=", "end", part.end)):
            if row is not None:
                names = [f"{place}{number}" for number in range(len(key))]
                parameters.update(zip(names, row, strict=True))
                condition = f"({order}) {sign} ({', '.join(map(self._mark, names))})"
                unknown = "" if place == "after" else " OR ".join(["", *(f"{name} IS NULL" for name in key)])
                conditions.append(f"({condition}{unknown})")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        listed = ", ".join([*key, *chosen])
        return Statement(
            f"SELECT {listed} FROM {self._named(part.table)} {where} ORDER BY {order} LIMIT {count}", parameters
        )

    @abstractmethod
    def _named(self, table: str) -> str:
        """The table in a statement."""

    @abstractmethod
    def _length(self, column: str) -> str:
        """The length of a value in bytes."""

    @abstractmethod
    def _mark(self, parameter: str) -> str:
        """A parameter in a statement."""


def quoted(name: str) -> str:
    """The name in a statement, whatever characters are in it."""
    return '"' + name.replace('"', '""') + '"'
