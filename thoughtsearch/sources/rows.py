"""The rows of a table of any database, read a page at a time beside its writers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..engines.connect import open_engine
from ..engines.engine import Connection
from ..engines.statement import Plan, Row, Statement
from ..errors import InputError
from ..location import locate
from ..sql import statements

PAGE = 500
_TIMEOUT = 30.0


class Database:
    """A database that is only read. Raises DatabaseError where it can't be opened."""

    def __init__(self, path: str) -> None:
        location = locate(path)
        self.engine = "postgres" if location.engine == "postgresql" else "sqlite"
        self._connection: Connection = open_engine(location, read_only=True, timeout=_TIMEOUT).connection
        #: Its path, or its URL without a password.
        self.name: str = getattr(self._connection, "name", path)

    def close(self) -> None:
        self._connection.close()

    def columns(self, table: str) -> dict[str, int]:
        """Each column's place in the primary key, 0 for none. Empty where there is no such table."""
        named = self._table(table) if self.engine == "postgres" else table
        rows = self._ask(statements(self.engine, "imports")["foreign_columns"], table=named)
        return {row[0]: int(row[1]) for row in rows}

    def key(self, table: str) -> list[str]:
        """The columns that name a row of the table. Raises InputError where there are none."""
        places = {place: name for name, place in self.columns(table).items() if place}
        if places:
            return [places[place] for place in sorted(places)]
        if any(row[0] for row in self._ask(statements(self.engine, "imports")["foreign_kind"], table=table)):
            return ["rowid"]
        raise InputError(f"{table} has no primary key; name a column that no two rows share: --id COLUMN.")

    def rows(self, table: str, columns: Sequence[str], key: Sequence[str]) -> Iterator[Row]:
        """(key, columns) of every row, in the order of the key."""
        chosen = ", ".join(map(_quoted, (*key, *columns)))
        order = ", ".join(map(_quoted, key))
        marks = [f"after{number}" for number in range(len(key))]
        beyond = f"WHERE ({order}) > ({', '.join(map(self._mark, marks))})"
        last: Row | None = None
        while True:
            sql = f"SELECT {chosen} FROM {self._table(table)} {beyond if last else ''} ORDER BY {order} LIMIT {PAGE}"
            page = self._ask(sql, **dict(zip(marks, last or (), strict=False)))
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1][: len(key)]

    def _table(self, table: str) -> str:
        # On PostgreSQL it may be named with its schema.
        return ".".join(map(_quoted, table.split("."))) if self.engine == "postgres" else _quoted(table)

    def _mark(self, name: str) -> str:
        return f"%({name})s" if self.engine == "postgres" else f":{name}"

    def _ask(self, sql: str, **parameters: Any) -> list[Row]:
        def plan() -> Plan[list[Row]]:
            return (yield Statement(sql, parameters))

        return self._connection.run(plan())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def plain(value: Any) -> Any:
    """A cell as JSON has it; the bytes of no text as None."""
    if isinstance(value, (bytes, memoryview)):
        try:
            return bytes(value).decode("utf-8")
        except UnicodeDecodeError:
            return None
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, (str, int, float, bool, list, dict)) else str(value)
