"""One of the two databases of a transfer, opened."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from ..engines.connect import connect
from ..engines.dialect import Dialect
from ..engines.engine import Connection
from ..engines.statement import Plan, Row, Statement
from ..engines.transfer import TransferDialect
from ..errors import InputError
from ..location import Location
from ..models import Thought
from ..plans import thoughts

T = TypeVar("T")

# A batch that holds more characters makes the next ones shorter.
_LONGEST_BATCH = 8_000_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How many thoughts there are, and between which ids."""

    count: int
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Side:
    """`name` is for people; `identity` names the database in another one. No password is in either."""

    name: str
    identity: str
    dialect: Dialect
    connection: Connection

    @classmethod
    def open(cls, location: Location, *, read_only: bool, timeout: float) -> Side:
        """Open it, and make the target ready. Raises InputError for what can't be moved, DatabaseError as open() does."""
        if location.target == ":memory:":
            raise InputError("A database in memory is nobody else's: name a file or a postgresql:// URL.")
        name, identity = _named(location)
        return cls(name, identity, *connect(location, read_only=read_only, timeout=timeout, shared=False))

    @property
    def moving(self) -> TransferDialect:
        """What its dialect knows of transfers."""
        return self.dialect.transfer

    def run(self, plan: Plan[T]) -> T:
        """Read."""
        return self.connection.run(plan)

    def ask(self, statement: Statement) -> list[Row]:
        """The rows of one statement."""

        def plan() -> Plan[list[Row]]:
            return (yield statement)

        return self.run(plan())

    def extent(self) -> Extent:
        """How much is there at this moment."""
        count, first, last = self.ask(self.moving.extent())[0]
        return Extent(int(count), first, last)

    def with_ids(self, ids: list[int]) -> list[Thought]:
        """Those of these thoughts that are there."""
        return [self.dialect.thought(row) for row in self.ask(self.dialect.with_ids(ids))]

    def batches(self, after: int | None, most: int) -> Iterator[list[Thought]]:
        """All thoughts behind an id in the order of their ids, each batch of one moment."""
        limit = most
        while batch := self.run(thoughts.export(self.dialect, after, limit)):
            size = sum(len(thought.thought_content) for thought in batch)
            yield batch
            after = batch[-1].id
            limit = max(1, min(most, len(batch) * _LONGEST_BATCH // max(size, 1)))


def _named(location: Location) -> tuple[str, str]:
    if location.engine == "sqlite":
        identity = os.path.realpath(location.target)
        name = location.target
    else:
        from psycopg.conninfo import conninfo_to_dict

        from ..engines.postgres_errors import described

        name = described(location.target)
        given = conninfo_to_dict(location.target)
        # The user and the options decide on the schema.
        parts = [given.get(part) for part in ("host", "hostaddr", "port", "dbname", "user", "options")]
        identity = repr([None if part is None else str(part) for part in parts])
    return name, hashlib.blake2b(
        f"{location.engine} {identity}".encode("utf-8", "surrogatepass"), digest_size=12
    ).hexdigest()
