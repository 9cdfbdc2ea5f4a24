"""What an engine must know beyond a Dialect for thoughts to be moved to it and from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from ..stored import Column
from .statement import Plan, Row


class Table(NamedTuple):
    """A table as it is. `place` are the expressions, each with its type, that put its rows in an order.

    `unreadable` are columns that this role may not read; `left` says of what else is not moved why that is.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    place: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    encoding: str = "utf-8"

    def column(self, name: str) -> Column | None:
        """The column of this name, in whichever case it is written."""
        return next((one for one in self.columns if one.name.casefold() == name.casefold()), None)

    def only(self, columns: Sequence[Column]) -> Table:
        """The same with these columns alone."""
        return self._replace(columns=tuple(columns))


class Stored(NamedTuple):
    """A row: where it stands, and its values as they are stored. Times read as in UTC."""

    place: Row
    values: Row


@dataclass(frozen=True, slots=True)
class IdRange:
    """How many thoughts there are, and between which ids."""

    count: int
    first: int | None
    last: int | None


class TransferDialect(Protocol):
    """The contract of `SqliteTransfer` and `PostgresTransfer`."""

    def extent(self) -> Plan[IdRange]:
        """How many thoughts there are, and between which ids."""

    def advance(self, key: str, before: str | None, reached: str) -> Plan[bool]:
        """Changes a remembered text; False, and nothing is changed, if the text is no longer what it was `before`."""

    def reserve(self, table: str, column: str, last: int) -> Plan[None]:
        """Ids that the database gives from now on lie behind this one."""

    def counted(self, table: str, column: str) -> Plan[int | None]:
        """The largest number that the database has given, or somebody else."""

    def tables(self) -> Plan[list[str]]:
        """The names of all tables beside the thoughts."""

    def describe(self, table: str) -> Plan[Table | None]:
        """None where there is no such table."""

    def as_here(self, column: Column) -> Column:
        """A column of any engine's as this one would have it."""

    def create(self, table: Table) -> Plan[None]:
        """Makes it, with its keys, and the indexes that CloudBrain's tables have on this engine."""

    def add_columns(self, table: str, columns: Sequence[Column]) -> Plan[None]:
        """Adds them to a table, empty."""

    def rows(self, table: Table, after: Row | None, limit: int) -> Plan[list[Stored]]:
        """Rows in their order, from the first or behind a place."""

    def with_ids(self, table: Table, ids: Sequence[int]) -> Plan[list[Stored]]:
        """The rows of these ids."""

    def count(self, table: str) -> Plan[int]:
        """How many rows it has."""

    def keep(self, table: Table, rows: Sequence[Row]) -> Plan[None]:
        """Stores rows that `Bridge.carry` has made; one whose key is there already is passed by."""

    def complete(self, table: Table, row: Row) -> Plan[None]:
        """Writes a row over the one with its key."""


def after_place(row: Row | None) -> dict[str, Any]:
    """The parameters that `rows` knows a place by."""
    return {f"k{number}": value for number, value in enumerate(row or ())}
