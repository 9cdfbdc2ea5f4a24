"""The database that the parts of a check-up look at: how they ask it, and how they change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ....progress import Bar
from ....sql import statements
from ...contract.statement import Plan, Rows, Statement
from .. import schema
from ..schema import TableLocation

if TYPE_CHECKING:
    from ..engine import PostgresEngine

T = TypeVar("T")

SQL = statements("postgres", "checkup")


@dataclass(frozen=True, slots=True)
class Database:
    """An opened database. With `full`, a check-up looks at every thought, in a large table too."""

    engine: PostgresEngine
    full: bool
    bar: Bar

    @property
    def place(self) -> TableLocation:
        """Where the table is."""
        return self.engine.place

    def statement(self, name: str, **parameters: Any) -> Statement:
        """A statement of checkup.sql, for this table."""
        return Statement(self.place.shape.fill(SQL[name]), parameters)

    def ask(self, name: str, **parameters: Any) -> Rows:
        """The rows of a statement of checkup.sql."""
        return self.rows(self.statement(name, **parameters))

    def rows(self, statement: Statement) -> Rows:
        """The rows of a statement that only reads."""

        def plan() -> Plan[Rows]:
            return (yield statement)

        return self.engine.connection.run(plan())

    def change(self, plan: Callable[[], Plan[T]]) -> T:
        """Run the plan in a transaction that waits for locks only briefly, again and again."""

        def briefly() -> Plan[T]:
            yield Statement(schema.BRIEFLY)
            return (yield from plan())

        connection = self.engine.connection
        return schema.patiently(lambda: connection.run(briefly(), write=True), connection.timeout)

    def alone(self, sql: str) -> None:
        """Run a statement that may not stand in a transaction."""
        self.engine.connection.run_alone(Statement(sql))
