"""The statements that read the tables of other programs on SQLite."""

from __future__ import annotations

from ...sql import statements
from ..contract.statement import Plan, Statement
from ..tables import CommonTables, quoted

_SQL = statements("sqlite", "imports")


class SqliteTables(CommonTables):
    """See TableDialect."""

    def columns(self, table: str) -> Plan[dict[str, int]]:
        return {name: int(place) for name, place in (yield Statement(_SQL["foreign_columns"], {"table": table}))}

    def has_rowid(self, table: str) -> Plan[bool]:
        return any(is_so for (is_so,) in (yield Statement(_SQL["foreign_kind"], {"table": table})))

    def _named(self, table: str) -> str:
        return quoted(table)

    def _length(self, column: str) -> str:
        return f"length(CAST({column} AS BLOB))"

    def _mark(self, parameter: str) -> str:
        return f":{parameter}"
