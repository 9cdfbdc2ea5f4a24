"""The statements that read the tables of other programs on PostgreSQL."""

from __future__ import annotations

from ...sql import statements
from ..contract.statement import Plan, Statement
from ..tables import CommonTables, quoted

_SQL = statements("postgres", "imports")


class PostgresTables(CommonTables):
    """See TableDialect."""

    def columns(self, table: str) -> Plan[dict[str, int]]:
        asked = {"table": self._named(table)}
        return {name: int(place) for name, place in (yield Statement(_SQL["foreign_columns"], asked))}

    def has_rowid(self, table: str) -> Plan[bool]:
        return any(is_so for (is_so,) in (yield Statement(_SQL["foreign_kind"], {"table": table})))

    def _named(self, table: str) -> str:
        # It may be named with its schema.
        return ".".join(map(quoted, table.split(".")))

    def _length(self, column: str) -> str:
        return f"octet_length({column}::text)"

    def _mark(self, parameter: str) -> str:
        return f"%({parameter})s"
