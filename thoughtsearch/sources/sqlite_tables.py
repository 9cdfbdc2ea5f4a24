"""The tables of a SQLite file that another program made, as sqlite-utils describes them.

Loading it takes longer than a whole query: so only a source that reads such a file imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from sqlite3 import Connection

from sqlite_utils import Database
from sqlite_utils.db import Table, View, quote_identifier

from ..errors import InputError

#: The names of a row's number, unless the table has columns of these names.
_NUMBERS = ("rowid", "_rowid_", "oid")


class SqliteTables:
    """What the tables and views of an open file are called, and their columns and keys."""

    quoted = staticmethod(quote_identifier)

    def __init__(self, connected: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._connected = connected

    def names(self) -> list[str]:
        """Of the tables and views that a person would name: without those that an index keeps for itself."""
        with self._database() as database:
            indexes = (*database.table_names(fts4=True), *database.table_names(fts5=True))
            kept = tuple(f"{name}_" for name in indexes)
            tables = [name for name in database.table_names() if not name.startswith((*kept, "sqlite_"))]
            return [name for name in tables if name not in indexes] + database.view_names()

    def columns(self, name: str) -> dict[str, int]:
        """Each column's place in the primary key, 0 for none. Empty where there is no such table."""
        with self._table(name) as table:
            return {column.name: column.is_pk for column in table.columns}

    def key(self, name: str) -> list[str]:
        """The columns that name a row. Raises InputError for a view, which has none."""
        with self._table(name) as table:
            if isinstance(table, View):
                raise InputError(f"{name} has no primary key; name a column that no two rows share: --id COLUMN.")
            if not table.use_rowid:
                return table.pks
            taken = {column.name.lower() for column in table.columns}
            return [next((number for number in _NUMBERS if number not in taken), "rowid")]

    @contextmanager
    def _database(self) -> Iterator[Database]:
        with self._connected() as connection:
            # Without them it changes no setting of the connection, and no plugin of sqlite-utils sees it.
            yield Database(connection, recursive_triggers=False, execute_plugins=False)

    @contextmanager
    def _table(self, name: str) -> Iterator[Table | View]:
        with self._database() as database:
            there = [*database.table_names(), *database.view_names()]
            # SQLite takes a name in any case, sqlite-utils only as it is written in the schema.
            alike = (one for one in there if one.lower() == name.lower())
            yield database[name if name in there else next(alike, name)]
