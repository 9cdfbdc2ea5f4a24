"""The statements of a transfer on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..sql import fill, statements
from .statement import Plan, Row, Statement
from .transfer import Table, after_key

if TYPE_CHECKING:
    from .sqlite import SqliteDialect

_SQL = statements("sqlite", "transfer")
_PROFILES = statements("sqlite", "thoughts")["create_agents"]


class SqliteTransfer:
    """See TransferDialect."""

    def __init__(self, dialect: SqliteDialect) -> None:
        self._dialect = dialect

    def exact(self) -> SqliteDialect:
        return self._dialect  # FTS5 keeps exact counts

    def extent(self) -> Statement:
        return Statement(_SQL["extent"])

    def advance(self, key: str, before: str | None, reached: str) -> Statement:
        return Statement(_SQL["advance"], {"key": key, "before": before, "reached": reached})

    def reserve(self, table: str, column: str, last: int) -> Plan[None]:
        if not (yield Statement(_SQL["counts_up"], {"name": table})):
            return
        yield Statement(_SQL["begin_sequence"], {"name": table})
        yield Statement(_SQL["raise_sequence"], {"name": table, "last": last})

    def columns(self, table: str) -> Statement:
        return Statement(_SQL["columns"], {"name": table})

    def create(self, table: str) -> Plan[None]:
        yield Statement(_PROFILES if table == "ai_profiles" else _SQL[f"create_{table}"])

    def rows(self, table: Table, after: Row | None, limit: int) -> Statement:
        key = ", ".join(map(_quoted, table.key))
        condition = f"({key}) > ({', '.join(f':{name}' for name in after_key(after))})" if after else "true"
        sql = fill(_SQL["rows"], listed=_listed(table), name=_quoted(table.name), after=condition, key=key)
        return Statement(sql, {"limit": limit, **after_key(after)})

    def count(self, table: str) -> Statement:
        return Statement(fill(_SQL["count"], name=_quoted(table)))

    def keep(self, table: Table, rows: Sequence[Row]) -> Statement:
        names = {column: f"c{number}" for number, column in enumerate(table.columns)}
        same = " AND ".join(f"{_quoted(column)} = :{names[column]}" for column in table.key)
        values = ", ".join(f":{name}" for name in names.values())
        sql = fill(_SQL["keep"], name=_quoted(table.name), listed=_listed(table), values=values, same=same)
        return Statement(sql, [dict(zip(names.values(), row, strict=True)) for row in rows], many=True)


def _listed(table: Table) -> str:
    return ", ".join(map(_quoted, table.columns))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
