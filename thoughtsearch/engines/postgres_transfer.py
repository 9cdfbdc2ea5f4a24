"""The statements of a transfer on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..clean import clean
from ..errors import InputError
from ..query.times import parse_timestamp
from ..sql import fill
from .jsonb import stored_metadata
from .postgres import PostgresDialect
from .postgres_shape import quoted
from .statement import Plan, Row, Statement
from .transfer import Table, after_key

_NUMBERS = ("smallint", "integer", "bigint", "real", "double precision")
_TIMES = ("timestamp with time zone", "timestamp without time zone")
_JSON = ("jsonb", "json")


class PostgresTransfer:
    """See TransferDialect."""

    def __init__(self, dialect: PostgresDialect) -> None:
        self._dialect = dialect

    def exact(self) -> PostgresDialect:
        return PostgresDialect(self._dialect.shape, exact=True)

    def extent(self) -> Statement:
        return Statement(self._sql("extent"))

    def advance(self, key: str, before: str | None, reached: str) -> Statement:
        held = None if before is None else json.dumps(before)
        return Statement(self._sql("advance"), {"key": key, "before": held, "reached": json.dumps(reached)})

    def reserve(self, table: str, column: str, last: int) -> Plan[None]:
        named = {"name": self._named(table), "column": column, "last": last}
        yield Statement(self._sql("raise_sequence"), named)

    def columns(self, table: str) -> Statement:
        return Statement(self._sql("columns"), {"name": self._named(table)})

    def create(self, table: str) -> Plan[None]:
        if table == "ai_profiles":
            yield Statement(self._dialect.sql("thoughts", "create_agents"))
        else:
            yield Statement(self._sql(f"create_{table}"))

    def rows(self, table: Table, after: Row | None, limit: int) -> Statement:
        key = ", ".join(map(_name, table.key))
        given = ", ".join(f"%(k{number})s::{table.columns[column]}" for number, column in enumerate(table.key))
        sql = fill(
            self._sql("rows"),
            listed=", ".join(_read(column, kind) for column, kind in table.columns.items()),
            name=self._place(table.name),
            after=f"({key}) > ({given})" if after else "true",
            key=key,
        )
        return Statement(sql, {"limit": limit, **after_key(after)})

    def count(self, table: str) -> Statement:
        return Statement(fill(self._sql("count"), name=self._place(table)))

    def keep(self, table: Table, rows: Sequence[Row]) -> Statement:
        names = {column: f"c{number}" for number, column in enumerate(table.columns)}
        values = {column: f"v.{name}::{table.columns[column]}" for column, name in names.items()}
        sql = fill(
            self._sql("keep"),
            name=self._place(table.name),
            listed=", ".join(map(_name, table.columns)),
            values=", ".join(values.values()),
            arrays=", ".join(f"%({name})s::text[]" for name in names.values()),
            given=", ".join(names.values()),
            same=" AND ".join(f"o.{_name(column)} = {values[column]}" for column in table.key),
        )
        kinds = list(table.columns.values())
        columns = zip(*([_text(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows), strict=True)
        return Statement(sql, dict(zip(names.values(), map(list, columns), strict=True)))

    def _sql(self, named: str) -> str:
        return self._dialect.sql("transfer", named)

    def _named(self, table: str) -> str:
        """The table as a text that PostgreSQL resolves."""
        return self._dialect.shape.prefix + quoted(table)

    def _place(self, table: str) -> str:
        return self._named(table).replace("%", "%%")


def _name(column: str) -> str:
    return quoted(column).replace("%", "%%")


def _read(column: str, kind: str) -> str:
    """The column as SQLite would hold it."""
    name = _name(column)
    if kind in _NUMBERS:
        return name
    if kind in _TIMES:
        moment = f"({name} AT TIME ZONE 'UTC')" if kind == _TIMES[0] else name
        return f"rtrim(rtrim(to_char({moment}, 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.')"
    if kind in _JSON:
        return f"CASE WHEN {kind}_typeof({name}) = 'string' THEN {name} #>> '{{}}' ELSE {name}::text END"
    return f"{name}::integer" if kind == "boolean" else f"{name}::text"


def _text(value: Any, kind: str) -> str | None:
    """A value of SQLite's as the text that is read into a column of this type."""
    if value is None:
        return None
    text = clean(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
    if kind in _TIMES:
        try:
            moment = parse_timestamp(text)
        except InputError:
            return None  # what is no time is unknown
        return moment.isoformat() if kind == _TIMES[0] else moment.replace(tzinfo=None).isoformat()
    if kind in _JSON:
        return stored_metadata(text) if text else None
    return ("true" if value else "false") if kind == "boolean" and isinstance(value, int) else text
