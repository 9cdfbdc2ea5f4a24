"""What an engine must know beyond a Dialect for thoughts to be moved to it and from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .statement import Plan, Row, Statement

if TYPE_CHECKING:
    from .dialect import Dialect


class Table(NamedTuple):
    """A table beside the thoughts: its key, and of its columns those to be moved, each with the type it has here."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]


class TransferDialect(Protocol):
    """The contract of `SqliteTransfer` and `PostgresTransfer`.

    A row of a companion table is what SQLite holds: numbers and texts; times in UTC, JSON as text, booleans as 0 and 1.
    """

    def exact(self) -> Dialect:
        """A dialect that counts for each search what it else may estimate: the same scores as any other engine's."""

    def extent(self) -> Statement:
        """One row: how many thoughts, the smallest and the largest id."""

    def advance(self, key: str, before: str | None, reached: str) -> Statement:
        """Changes a remembered text; no row where it is another one than it was."""

    def reserve(self, table: str, column: str, last: int) -> Plan[None]:
        """Ids that the database gives from now on lie behind this one."""

    def columns(self, table: str) -> Statement:
        """Rows of name and type; none where there is no such table."""

    def create(self, table: str) -> Plan[None]:
        """Makes one of CloudBrain's tables."""

    def rows(self, table: Table, after: Row | None, limit: int) -> Statement:
        """Rows in the order of the key, behind this key."""

    def count(self, table: str) -> Statement:
        """One row: how many rows it has."""

    def keep(self, table: Table, rows: Sequence[Row]) -> Statement:
        """Stores those of which there is none with the same key."""


def after_key(row: Row | None) -> dict[str, Any]:
    """The parameters that `rows` knows a key by."""
    return {f"k{number}": value for number, value in enumerate(row or ())}
