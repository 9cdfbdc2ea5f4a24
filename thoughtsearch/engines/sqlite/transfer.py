"""The statements of a transfer on SQLite."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ...sql import fill, statements
from ..contract.statement import Plan, Row, Statement
from ..contract.transfer import IdRange, Stored, Table, after_place
from ..defaults import known_default
from ..stored import BadText, Blob, Column

_SQL = statements("sqlite", "transfer")
# What a declared type holds by the rules of SQLite's affinity; what it calls NUMERIC may be a time or a truth value.
_KINDS = (
    ("BOOL", "boolean"),
    ("TIME", "time"),
    ("DATE", "time"),
    ("JSON", "json"),
    ("INT", "integer"),
    ("CHAR", "text"),
    ("CLOB", "text"),
    ("TEXT", "text"),
    ("BLOB", "blob"),
    ("REAL", "number"),
    ("FLOA", "number"),
    ("DOUB", "number"),
    ("", "number"),
)
#: What a column of PostgreSQL's becomes. A number or JSON may be more exact than NUMERIC, which would round it.
_TYPES = {"integer": "INTEGER", "boolean": "BOOLEAN", "time": "TIMESTAMP", "blob": "BLOB"}
_FLOATS = ("real", "double precision")
_CODECS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}
_WITHOUT_ROWID = re.compile(r"\)[^)]*WITHOUT\s+ROWID[^)]*$", re.IGNORECASE)
# A declared type that can be declared again without quotes.
_TYPE = re.compile(r"[\w ]*(\([\d, +-]*\))?")
_VISIBLE, _HIDDEN = 0, 1


class SqliteTransfer:
    """See TransferDialect."""

    def extent(self) -> Plan[IdRange]:
        count, first, last = (yield Statement(_SQL["extent"]))[0]
        return IdRange(int(count), first, last)

    def advance(self, key: str, before: str | None, reached: str) -> Plan[bool]:
        return bool((yield Statement(_SQL["advance"], {"key": key, "before": before, "reached": reached})))

    def reserve(self, table: str, column: str, last: int) -> Plan[None]:
        if not (yield Statement(_SQL["counts_up"], {"name": table})):
            return
        yield Statement(_SQL["begin_sequence"], {"name": table})
        yield Statement(_SQL["raise_sequence"], {"name": table, "last": last})

    def counted(self, table: str, column: str) -> Plan[int | None]:
        given: list[Row] = []
        if (yield Statement(_SQL["counts_up"], {"name": table})):
            given = yield Statement(_SQL["sequence"], {"name": table})
        stored = yield Statement(fill(_SQL["largest"], name=_quoted(table), column=_quoted(column)))
        return max((row[0] for row in [*given, *stored] if isinstance(row[0], int)), default=None)

    def tables(self) -> Plan[list[str]]:
        return [str(name) for (name,) in (yield Statement(_SQL["tables"]))]

    def describe(self, table: str) -> Plan[Table | None]:
        found = yield Statement(_SQL["table"], {"name": table})
        if not found:
            return None
        name, sql, encoding = found[0]
        described = yield Statement(_SQL["columns"], {"name": name})
        keys = sorted((position, column) for column, _, _, _, position, _ in described if position)
        key = tuple(column for _, column in keys)
        counts = "AUTOINCREMENT" in sql.upper()
        columns, left = [], []
        for column, declared, required, default, position, hidden in described:
            if hidden != _VISIBLE:
                left += [] if hidden == _HIDDEN else [(column, "it is computed")]
                continue
            numbered = len(key) == 1 and bool(position) and declared.upper() == "INTEGER" and (counts or key == ("id",))
            known = known_default(default)
            left += [] if default is None or known else [(column, f"its default, {default:.40}, is not carried")]
            declared = declared if _TYPE.fullmatch(declared) else ""
            columns.append(Column(column, declared, _kind(declared), "sqlite", bool(required), known, numbered))
        unique = yield Statement(_SQL["unique"], {"name": name})
        place = [(f"t.{_quoted(column)}", "") for column in key] if _WITHOUT_ROWID.search(sql) else [("t.rowid", "")]
        codec = _CODECS.get(encoding, "utf-8")
        return Table(name, tuple(columns), key, _grouped(unique), tuple(place), left=tuple(left), encoding=codec)

    def as_here(self, column: Column) -> Column:
        if column.engine == "sqlite":
            return column
        kind = column.type if column.type in _FLOATS else column.kind
        declared = "REAL" if kind in _FLOATS else _TYPES.get(kind, "TEXT")
        return column._replace(type=declared, kind=_kind(declared), engine="sqlite")

    def create(self, table: Table) -> Plan[None]:
        numbered = next((one.name for one in table.columns if one.counts), None)
        definitions = [_definition(one, table.key) for one in table.columns]
        if table.key and numbered is None and not _is_rowid(table):
            definitions.append(f"PRIMARY KEY ({_names(table.key)})")
        definitions += [f"UNIQUE ({_names(columns)})" for columns in table.unique]
        yield Statement(fill(_SQL["create"], name=_quoted(table.name), definitions=", ".join(definitions)))

    def add_columns(self, table: str, columns: Sequence[Column]) -> Plan[None]:
        for column in columns:
            definition = f"{_quoted(column.name)} {column.type}".strip()
            yield Statement(fill(_SQL["add_column"], name=_quoted(table), definition=definition))

    def rows(self, table: Table, after: Row | None, limit: int) -> Plan[list[Stored]]:
        place = ", ".join(expression for expression, _ in table.place)
        condition = f"({place}) > ({', '.join(f':{name}' for name in after_place(after))})" if after else "true"
        sql = fill(_SQL["rows"], listed=_read(table), name=_quoted(table.name), after=condition, place=place)
        rows = yield Statement(sql, {"limit": limit, **after_place(after)})
        return [_stored(table, row) for row in rows]

    def with_ids(self, table: Table, ids: Sequence[int]) -> Plan[list[Stored]]:
        sql = fill(_SQL["with_ids"], listed=_read(table), name=_quoted(table.name))
        rows = yield Statement(sql, {"ids": json.dumps(ids)})
        return [_stored(table, row) for row in rows]

    def count(self, table: str) -> Plan[int]:
        return int((yield Statement(fill(_SQL["count"], name=_quoted(table))))[0][0])

    def keep(self, table: Table, rows: Sequence[Row]) -> Plan[None]:
        # A text that is none can only be stored from its bytes, which takes another statement.
        plain = [row for row in rows if not any(isinstance(value, BadText) for value in row)]
        for batch in (plain, *([row] for row in rows if any(isinstance(value, BadText) for value in row))):
            if batch:
                yield self._insert(table, batch)

    def _insert(self, table: Table, rows: Sequence[Row]) -> Statement:
        values = ", ".join(_placed(number, value) for number, value in enumerate(rows[0]))
        names = _names([one.name for one in table.columns])
        sql = fill(_SQL["keep"], name=_quoted(table.name), listed=names, values=values)
        return Statement(sql, [_parameters(row) for row in rows], many=True)

    def complete(self, table: Table, row: Row) -> Plan[None]:
        given = [f"{_quoted(one.name)} = {_placed(at, row[at])}" for at, one in enumerate(table.columns)]
        same = " AND ".join(text for text, one in zip(given, table.columns, strict=True) if one.name in table.key)
        sql = fill(_SQL["complete"], name=_quoted(table.name), given=", ".join(given), same=same)
        yield Statement(sql, _parameters(row))


def _kind(declared: str) -> str:
    if not declared:
        return "any"
    return next(kind for part, kind in _KINDS if part in declared.upper())


def _grouped(unique: Sequence[Row]) -> tuple[tuple[str, ...], ...]:
    """The columns of each unique index, without those that hold an expression."""
    found: dict[str, list[Any]] = {}
    for index, column in unique:
        found.setdefault(index, []).append(column)
    return tuple(tuple(columns) for columns in found.values() if None not in columns)


def _definition(column: Column, key: Sequence[str]) -> str:
    text = f"{_quoted(column.name)} {column.type}".strip()
    if tuple(key) == (column.name,) and column.kind == "integer":
        text = f"{_quoted(column.name)} {column.type} PRIMARY KEY" + (" AUTOINCREMENT" if column.counts else "")
    if column.required:
        text += " NOT NULL"
    return text + (f" DEFAULT {_default(column.default)}" if column.default else "")


def _default(default: str) -> str:
    return {"true": "1", "false": "0"}.get(default, default)


def _is_rowid(table: Table) -> bool:
    column = table.column(table.key[0]) if len(table.key) == 1 else None
    return column is not None and column.kind == "integer"


def _read(table: Table) -> str:
    """The columns so that a text, which Python might refuse, comes as its bytes, and a BLOB as text."""
    places = [expression for expression, _ in table.place]
    return ", ".join([*places, *(fill(_SQL["value"], column=_quoted(one.name)) for one in table.columns)])


def _stored(table: Table, row: Row) -> Stored:
    width = len(table.place)
    return Stored(row[:width], [_value(value, table.encoding) for value in row[width:]])


def _value(value: Any, encoding: str) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            return BadText(value)
    return Blob(bytes.fromhex(value)) if isinstance(value, str) else value


def _placed(number: int, value: Any) -> str:
    return f"CAST(:c{number} AS TEXT)" if isinstance(value, BadText) else f":c{number}"


def _parameters(row: Row) -> dict[str, Any]:
    return {
        f"c{number}": value.content if isinstance(value, (Blob, BadText)) else value for number, value in enumerate(row)
    }


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(_quoted, columns))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
