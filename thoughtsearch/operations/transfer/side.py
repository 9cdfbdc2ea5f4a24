"""One of the two databases of a transfer, opened."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from ...engines.connect import check_adopted, connect, described, open_engine
from ...engines.contract.dialect import Dialect
from ...engines.contract.engine import Connection
from ...engines.contract.statement import Plan, Row
from ...engines.contract.transfer import IdRange, Stored, Table, TransferDialect
from ...errors import InputError, SchemaError
from ...location import Location
from ...models import Thought

T = TypeVar("T")

THOUGHTS = "ai_thought_history"
# A batch that holds more characters makes the next ones shorter.
_LONGEST_BATCH = 8_000_000


@dataclass(frozen=True, slots=True)
class Side:
    """`name` is for people; `identity` names the database in another one. No password is in either.

    `searchable` is false for a table of another program's that nobody adopted: it is read as it is, and nothing is asked.
    """

    name: str
    identity: str
    dialect: Dialect
    connection: Connection
    searchable: bool = True

    @classmethod
    def written(cls, location: Location, *, brain_state: bool, timeout: float) -> Side:
        """Open it for writing, and make it ready. With `brain_state` a new table is made in CloudBrain's shape.

        Raises InputError for what can't be moved, DatabaseError as open() does.
        """
        name, identity = _named(location)
        if brain_state:
            _make_cloudbrain_table(location, timeout)
        return cls(name, identity, *connect(location, read_only=False, timeout=timeout, shared=False))

    @classmethod
    def read(cls, location: Location, *, timeout: float) -> Side:
        """Open it for reading alone: nothing of it changes, whether or not it was ever made ready to be searched."""
        name, identity = _named(location)
        engine = open_engine(location, read_only=True, timeout=timeout)
        try:
            found = engine.find()
            if not found.has_table:
                raise SchemaError(f"{name} holds no thoughts: it has no table {THOUGHTS}. Check its name.")
            if found.ready:
                engine.prepare()
            return cls(name, identity, engine.dialect, engine.connection, found.ready)
        except BaseException:
            engine.connection.close()
            raise

    @property
    def moving(self) -> TransferDialect:
        """What its dialect knows of transfers."""
        return self.dialect.transfer

    def run(self, plan: Plan[T]) -> T:
        """Read."""
        return self.connection.run(plan)

    def write(self, plan: Plan[T]) -> T:
        """Write, in a transaction."""
        return self.connection.run(plan, write=True)

    def extent(self) -> IdRange:
        """How much is there at this moment."""
        return self.run(self.moving.extent())

    def table(self, name: str) -> Table | None:
        """What a table is made of, if it is there."""
        return self.run(self.moving.describe(name))

    def thoughts(self) -> Table:
        """The table of thoughts: in the order of their ids."""
        table = self.table(THOUGHTS)
        ident = table.column("id") if table else None
        if table is None or ident is None:
            raise SchemaError(f"{self.name} holds no thoughts: it has no table {THOUGHTS} with a column id.")
        return table._replace(key=(ident.name,), place=((f"t.{ident.name}", ident.type),))

    def count(self, table: Table) -> int:
        """How many rows it has."""
        return self.run(self.moving.count(table.name))

    def thoughts_with_ids(self, ids: list[int]) -> list[Thought]:
        """Those of these thoughts that are there, as a search reads them."""
        return self.dialect.thoughts(self.run(self.dialect.with_ids(ids)))

    def with_ids(self, table: Table, ids: list[int]) -> list[Row]:
        """Those of these rows that are there, as they are stored."""
        return [row.values for row in self.run(self.moving.with_ids(table, ids))]

    def batches(self, table: Table, after: Row | None, most: int) -> Iterator[list[Stored]]:
        """All rows behind a place in their order, each batch of one moment."""
        limit = most
        while batch := self.run(self.moving.rows(table, after, limit)):
            size = sum(len(value) for row in batch for value in row.values if isinstance(value, str))
            yield batch
            after = batch[-1].place
            limit = max(1, min(most, len(batch) * _LONGEST_BATCH // max(size, 1)))


def _make_cloudbrain_table(location: Location, timeout: float) -> None:
    check_adopted(location, timeout=timeout)
    engine = open_engine(location, timeout=timeout)
    try:
        engine.install_for_cloudbrain()
    finally:
        engine.connection.close()


def _named(location: Location) -> tuple[str, str]:
    if location.target == ":memory:":
        raise InputError("A database in memory is nobody else's: name a file or a postgresql:// URL.")
    if location.engine == "sqlite":
        identity = os.path.realpath(location.target)
    else:
        from psycopg.conninfo import conninfo_to_dict

        given = conninfo_to_dict(location.target)
        # The user and the options decide on the schema.
        parts = [given.get(part) for part in ("host", "hostaddr", "port", "dbname", "user", "options")]
        identity = repr([None if part is None else str(part) for part in parts])
    return described(location), hashlib.blake2b(
        f"{location.engine} {identity}".encode("utf-8", "surrogatepass"), digest_size=12
    ).hexdigest()
