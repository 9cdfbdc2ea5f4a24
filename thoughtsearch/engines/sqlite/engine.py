"""SQLite as an engine: open a database, inspect it, and make it ready."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace

from ...errors import SchemaError
from ...location import Location
from ..contract import ownership
from ..contract.dry_run import Change, as_sql, dry_run
from ..contract.engine import BATCH, SMALL, DatabaseState, IndexingSample
from ..contract.statement import Statement
from . import backfill, schema
from .connection import USE_WAL, SqliteConnection
from .dialect import SqliteDialect

_WAITING = "the file, until COMMIT: other writers wait, readers do not"


class SqliteEngine:
    """See Engine."""

    rhythm = backfill.RHYTHM
    shape = None  # our own table has CloudBrain's types
    must_analyse_again = False  # FTS5 itself analyses

    def __init__(self, location: Location, *, read_only: bool, timeout: float) -> None:
        self.connection = SqliteConnection(location.target, read_only=read_only, timeout=timeout)
        self.dialect = SqliteDialect()

    def shared(self) -> SqliteConnection:
        return self.connection

    def find(self) -> DatabaseState:
        return self.connection.run(schema.inspect())

    def check_adopted(self) -> None:
        self._check(adopt=False)(self.find())

    def prepare(self, *, adopt: bool = False) -> None:
        found = self.find()
        self._check(adopt=adopt)(found)
        # Objects of an earlier form can be read as well as ever.
        as_read = replace(found, former=()) if self.connection.read_only else found
        if not as_read.ready:
            self._make_ready(found, adopt=adopt)
            found = self.find()
        self.dialect = SqliteDialect(outdated=found.outdated)

    def _check(self, *, adopt: bool) -> ownership.Check:
        path = self.connection.path
        return ownership.anything_goes if adopt else ownership.adopted(path, shlex.quote(path))

    def _make_ready(self, found: DatabaseState, *, adopt: bool) -> None:
        if self.connection.read_only:
            raise SchemaError(
                f"{self.connection.path} has no search index that this version can use, and was opened for reading only; "
                "run thoughtsearch init on it once, or open it for writing."
            )
        rows = self.row_count() if found.has_table else 0
        if found.damaged and rows > SMALL:
            raise SchemaError(
                f"Parts of the search index are gone ({', '.join(found.damaged[:3])}); run thoughtsearch init to mend it."
            )
        self.install(adopt=adopt)
        if rows <= SMALL:
            while self.next_batch() is not None:
                pass

    def install(self, *, adopt: bool = True) -> DatabaseState:
        return backfill.install(self.connection, self._check(adopt=adopt))

    def install_for_cloudbrain(self) -> bool:
        return not self.find().has_table and not self.install().has_table

    def changes(self) -> list[Change]:
        found, statements = self.connection.run(dry_run(schema.set_up()))
        if found.ready:
            return []
        apart = self.connection.run(schema.apart())
        together = [_in_transaction([statement]) for statement in apart] + [_in_transaction(statements)]
        return [Change(USE_WAL), *(change for transaction in together for change in transaction)]

    def row_count(self) -> int:
        return self.connection.run(schema.row_count())

    def sample(self, rows: int) -> IndexingSample:
        return backfill.measured(self.connection.run(backfill.spread(rows)))

    def forget_gone(self) -> int:
        return 0  # FTS5 needs the text to forget a row, and SQLite has no partitions

    def begin_anew(self) -> None:
        self.connection.run(schema.fill_gaps(), write=True)

    def next_batch(self, size: int = BATCH) -> int | None:
        return self.connection.run(backfill.next_batch(size), write=True)


def _in_transaction(statements: Iterable[Statement]) -> list[Change]:
    return [Change("BEGIN IMMEDIATE", _WAITING), *(Change(as_sql(one)) for one in statements), Change("COMMIT")]
