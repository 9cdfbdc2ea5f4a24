"""What an engine must know for the rows of any table to be imported, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from .statement import Plan, Row


class Part(NamedTuple):
    """The rows of a table in the order of its key: those behind one place, up to another."""

    table: str
    key: Sequence[str]
    after: Row | None = None
    end: Row | None = None


class TableDialect(Protocol):
    """The contract of `SqliteTables` and `PostgresTables`. All of it reads only."""

    def columns(self, table: str) -> Plan[dict[str, int]]:
        """Each column's place in the primary key, 0 for none. Empty where there is no such table."""

    def has_rowid(self, table: str) -> Plan[bool]:
        """Whether its rows have numbers of SQLite's."""

    def last_key(self, table: str, key: Sequence[str]) -> Plan[Row | None]:
        """The key of the last row; None where there are no rows, or it holds a NULL."""

    def keys(self, part: Part, count: int) -> Plan[list[Row]]:
        """The keys of the first rows."""

    def sizes(self, part: Part, columns: Sequence[str], count: int) -> Plan[list[float]]:
        """The lengths of the first rows in bytes."""

    def rows(self, part: Part, columns: Sequence[str], count: int) -> Plan[list[Row]]:
        """The first rows: their keys, then these columns."""
