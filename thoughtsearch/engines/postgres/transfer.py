"""The statements of a transfer on PostgreSQL."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...sql import fill
from ..contract.statement import Plan, Row, Statement
from ..contract.transfer import IdRange, Stored, Table, after_place
from ..defaults import NOW, known_default
from ..stored import BadText, Blob, Column, JsonText, as_text
from .shape import Shape, quoted

_KINDS = {
    **dict.fromkeys(("smallint", "integer", "bigint"), "integer"),
    **dict.fromkeys(("real", "double precision", "numeric"), "number"),
    **dict.fromkeys(("timestamp with time zone", "timestamp without time zone", "date"), "time"),
    **dict.fromkeys(("jsonb", "json"), "json"),
    **dict.fromkeys(("text", "character varying", "character"), "text"),
    "boolean": "boolean",
    "bytea": "blob",
    "text[]": "array",
}
#: What a column of SQLite's becomes. Its times have no zone, and its numbers 64 bits.
_TYPES = {
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "time": "timestamp without time zone",
    "json": "jsonb",
    "blob": "bytea",
}
_NATIVE = ("smallint", "integer", "bigint", "real", "double precision")
_DEFAULTS = {"timestamp without time zone": "(now() AT TIME ZONE 'UTC')", "date": "(now() AT TIME ZONE 'UTC')::date"}
# CloudBrain's sessions, by the columns that an index of them needs.
_SESSIONS = {"active": ("ai_id", "start_time", "status"), "duration": ("start_time", "end_time")}


class PostgresTransfer:
    """See TransferDialect."""

    def __init__(self, shape: Shape, sql: Callable[[str, str], str]) -> None:
        self._shape = shape
        self._of = sql

    def extent(self) -> Plan[IdRange]:
        count, first, last = (yield Statement(self._sql("extent")))[0]
        return IdRange(int(count), first, last)

    def advance(self, key: str, before: str | None, reached: str) -> Plan[bool]:
        held = None if before is None else json.dumps(before)
        asked = {"key": key, "before": held, "reached": json.dumps(reached)}
        return bool((yield Statement(self._sql("advance"), asked)))

    def reserve(self, table: str, column: str, last: int) -> Plan[None]:
        named = {"name": self._named(table), "column": column, "last": last}
        yield Statement(self._sql("raise_sequence"), named)

    def counted(self, table: str, column: str) -> Plan[int | None]:
        given = yield Statement(self._sql("sequence"), {"name": self._named(table), "column": column})
        largest = yield Statement(fill(self._sql("largest"), name=self._named(table), column=quoted(column)))
        return max((row[0] for row in [*given, *largest] if isinstance(row[0], int)), default=None)

    def tables(self) -> Plan[list[str]]:
        return [str(name) for (name,) in (yield Statement(self._sql("tables"), {"schema": quoted(self._shape.schema)}))]

    def describe(self, table: str) -> Plan[Table | None]:
        described = yield Statement(self._sql("columns"), {"name": self._named(table)})
        if not described:
            return None
        columns: list[Column] = []
        left: list[tuple[str, str]] = []
        unreadable: list[str] = []
        for name, kind, is_common, required, default, counts, computed, readable in described:
            if computed or not readable:
                left += [(name, "it is computed")] if computed else []
                unreadable += [] if computed else [name]
                continue
            known = known_default(default)
            if default is not None and known is None and not counts:
                left.append((name, f"its default, {default:.40}, is not carried"))
            columns.append(Column(name, kind, _kind(kind, is_common), "postgresql", required, known, counts))
        unique = yield Statement(self._sql("unique"), {"name": self._named(table)})
        groups = [tuple(names) for _, names in unique if None not in names]
        key = groups.pop(0) if groups and unique[0][0] and None not in unique[0][1] else ()
        found = Table(table, tuple(columns), key, tuple(groups), unreadable=tuple(unreadable), left=tuple(left))
        return found._replace(place=tuple(_places(found)))

    def as_here(self, column: Column) -> Column:
        if column.engine == "postgresql":
            return column._replace(type="text", kind="text") if column.kind == "foreign" else column
        kind = _TYPES.get(column.kind, "text")
        # Names without quotes, which CloudBrain's are, mean their small letters here; to SQLite case is nothing.
        name = column.name.lower() if column.name.isascii() else column.name
        return column._replace(name=name, type=kind, kind=_kind(kind, is_common=True), engine="postgresql")

    def create(self, table: Table) -> Plan[None]:
        definitions = [_definition(one) for one in table.columns]
        if table.key:
            definitions.append(f"PRIMARY KEY ({', '.join(map(quoted, table.key))})")
        definitions += [f"UNIQUE ({', '.join(map(quoted, columns))})" for columns in table.unique]
        name = self._named(table.name)
        yield Statement(fill(self._sql("create"), name=name, definitions=", ".join(definitions)))
        for index in _indexes(table):
            named = quoted(f"{table.name}_{index}")
            yield Statement(fill(self._sql(f"index_{index}"), name=name, index=named))

    def add_columns(self, table: str, columns: Sequence[Column]) -> Plan[None]:
        for column in columns:
            definition = f"{quoted(column.name)} {column.type}"
            yield Statement(fill(self._sql("add_column"), name=self._named(table), definition=definition))

    def rows(self, table: Table, after: Row | None, limit: int) -> Plan[list[Stored]]:
        place = ", ".join(expression for expression, _ in table.place)
        given = ", ".join(f"%(k{number})s::{kind}" for number, (_, kind) in enumerate(table.place))
        sql = fill(
            self._sql("rows"),
            listed=_read(table),
            name=self._place(table.name),
            after=f"({place}) > ({given})" if after else "true",
            place=place,
        )
        rows = yield Statement(sql, {"limit": limit, **after_place(after)})
        return [_stored(table, row) for row in rows]

    def with_ids(self, table: Table, ids: Sequence[int]) -> Plan[list[Stored]]:
        sql = fill(self._sql("with_ids"), listed=_read(table), name=self._place(table.name))
        rows = yield Statement(sql, {"ids": list(ids)})
        return [_stored(table, row) for row in rows]

    def count(self, table: str) -> Plan[int]:
        return int((yield Statement(fill(self._sql("count"), name=self._named(table))))[0][0])

    def keep(self, table: Table, rows: Sequence[Row]) -> Plan[None]:
        sql = fill(self._given("keep", table), listed=_names([one.name for one in table.columns]))
        yield Statement(sql, _arrays(table, rows))

    def complete(self, table: Table, row: Row) -> Plan[None]:
        named = [(_name(one.name), f"n.c{number}", one) for number, one in enumerate(table.columns)]
        assigned = ", ".join(f"{name} = {value}" for name, value, _ in named)
        same = " AND ".join(f"t.{name} = {value}" for name, value, one in named if one.name in table.key)
        yield Statement(fill(self._given("complete", table), set=assigned, same=same), _arrays(table, [row]))

    def _given(self, statement: str, table: Table) -> str:
        """The statement with the rows as arrays of texts, one for each column."""
        names = [f"c{number}" for number in range(len(table.columns))]
        return fill(
            self._sql(statement),
            name=self._place(table.name),
            values=", ".join(_written(f"v.{name}", one) for name, one in zip(names, table.columns, strict=True)),
            arrays=", ".join(f"%({name})s::text[]" for name in names),
            given=", ".join(names),
        )

    def _sql(self, named: str) -> str:
        return self._of("transfer", named)

    def _named(self, table: str) -> str:
        """The table as a text that PostgreSQL resolves."""
        return self._shape.prefix + quoted(table)

    def _place(self, table: str) -> str:
        """The table in a statement with parameters, where a % is doubled."""
        return self._named(table).replace("%", "%%")


def _name(column: str) -> str:
    return quoted(column).replace("%", "%%")


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(_name, columns))


def _kind(type_: str, is_common: bool) -> str:
    """What a type holds, whatever its length or precision; `foreign` is one that another server need not have."""
    return _KINDS.get(re.sub(r"\([^)]*\)", "", type_), "other") if is_common else "foreign"


def _places(table: Table) -> Iterator[tuple[str, str]]:
    """By the key, or where each row lies."""
    if not table.key:
        yield "t.ctid", "tid"
    for name in table.key:
        column = table.column(name)
        yield f"t.{_name(name)}", column.type if column else "text"


def _definition(column: Column) -> str:
    text = f"{quoted(column.name)} {column.type}"
    if column.counts and column.kind == "integer":
        return f"{text} GENERATED BY DEFAULT AS IDENTITY"
    return text + (" NOT NULL" if column.required else "") + _default(column)


def _default(column: Column) -> str:
    default = column.default
    if default == NOW:
        default = _DEFAULTS.get(column.type, "now()")
    elif column.kind == "boolean" and default is not None:
        default = {"1": "true", "0": "false", "'1'": "true", "'0'": "false"}.get(default, default)
        default = default if default in ("true", "false") else None
    elif default in ("true", "false") and column.kind in ("integer", "number"):
        default = "1" if default == "true" else "0"
    return "" if default is None else f" DEFAULT {default}"


def _indexes(table: Table) -> Iterator[str]:
    """What the tables of an agent's state are to have, by name."""
    metadata = table.column("metadata")
    if metadata and metadata.type == "jsonb":
        yield "metadata"
    if table.name == "ai_work_sessions":
        for name, needed in _SESSIONS.items():
            columns = [table.column(column) for column in needed]
            if all(columns) and all(one.kind == "time" for one in columns if one and one.name.endswith("_time")):
                yield name


def _read(table: Table) -> str:
    """The columns as texts that say all that is stored, or as numbers."""
    return ", ".join([*(f"{one}::text" for one, _ in table.place), *map(_reading, table.columns)])


def _reading(column: Column) -> str:
    name, kind = _name(column.name), column.type
    if kind in _NATIVE:
        return name
    if column.kind == "time" and kind != "date":
        moment = f"({name} AT TIME ZONE 'UTC')" if "with time zone" in kind else name
        # What no datetime of Python's is stays as PostgreSQL writes it.
        plain = f"pg_catalog.to_char({moment}, 'YYYY-MM-DD HH24:MI:SS.US')"
        plain = f"pg_catalog.rtrim(pg_catalog.rtrim({plain}, '0'), '.')"
        has_plain = f"pg_catalog.isfinite({name}) AND extract(year FROM {moment}) OPERATOR(pg_catalog.>) 0"
        return f"CASE WHEN {has_plain} THEN {plain} ELSE {moment}::text END"
    if column.kind == "boolean":
        return f"{name}::integer"
    if column.kind == "blob":
        return f"pg_catalog.encode({name}, 'hex')"
    return f"pg_catalog.to_json({name})::text" if column.kind == "array" else f"{name}::text"


def _stored(table: Table, row: Row) -> Stored:
    width = len(table.place)
    return Stored(row[:width], [_value(value, one) for value, one in zip(row[width:], table.columns, strict=True)])


def _value(value: Any, column: Column) -> Any:
    if value is None:
        return None
    if column.kind == "blob":
        return Blob(bytes.fromhex(value))
    if column.kind == "json" and value.startswith('"'):
        return JsonText(json.loads(value))
    return json.loads(value) if column.kind == "array" else value


def _arrays(table: Table, rows: Sequence[Row]) -> dict[str, list[str | None]]:
    return {f"c{at}": [_argument(row[at], one) for row in rows] for at, one in enumerate(table.columns)}


def _argument(value: Any, column: Column) -> str | None:
    """A value as the text that `_written` makes it of."""
    if value is None:
        return None
    if isinstance(value, JsonText):
        return json.dumps(value) if column.kind == "json" else value
    if isinstance(value, Blob):
        return value.content.hex()
    if isinstance(value, (list, bool)):
        return json.dumps(value)
    return as_text(value) if isinstance(value, (BadText, str, int, float)) else str(value)


def _written(value: str, column: Column) -> str:
    if column.kind == "blob":
        return f"pg_catalog.decode({value}, 'hex')"
    if column.kind == "array":
        listed = f"ARRAY(SELECT pg_catalog.jsonb_array_elements_text({value}::jsonb))"
        return f"CASE WHEN {value} IS NOT NULL THEN {listed} END"
    if column.kind == "time" and "with time zone" in column.type:
        return f"({value}::timestamp AT TIME ZONE 'UTC')"
    return f"{value}::{column.type}".replace("%", "%%")
