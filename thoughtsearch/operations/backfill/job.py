"""Adopting a database in place, and indexing the rows that were found there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ...engines.connect import open_engine
from ...engines.contract.engine import Engine
from ...engines.contract.statement import Plan
from ...errors import DatabaseError, SchemaError
from ...location import Location
from ...progress import Bar, unseen
from ..thoughts import unindexed
from .throttle import Throttle


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was found and done. `pending` rows are still to be indexed by a backfill."""

    created: bool  # there was no table before
    adopted: bool  # there was one that another program had made
    is_known: bool  # there was one of ours, in whichever state it was
    mended: bool  # that one was made by an older version, or damaged
    rows: int
    pending: int
    dropped: tuple[str, ...]  # leftovers of another index that were removed


@dataclass(frozen=True, slots=True)
class Indexed:
    """What a backfill has done: `rows` of the `thoughts` that there are now, in so many seconds."""

    rows: int
    thoughts: int
    seconds: float


def initialise(location: Location, *, shape: str | None = None, timeout: float = 30.0) -> Adoption:
    """Make the table, the index and what keeps it; new rows are searchable from then on.

    `shape` is for a database in which there is no table yet: "own", or "cloudbrain" where its server will write. Indexes
    nothing that was there before. Raises DatabaseError, also where there is a table of the other shape.
    """
    engine = open_engine(location, timeout=timeout)
    try:
        made = shape == "cloudbrain" and engine.install_for_cloudbrain()
        if shape is not None and engine.find().has_table and engine.shape not in (None, shape):
            raise SchemaError(
                f"There is a table ai_thought_history of the shape {engine.shape} already, which stays as it is: leave "
                "--shape out, or name an empty database."
            )
        found = engine.install()
        return Adoption(
            created=made or not found.has_table,
            adopted=found.unadopted and not made,
            is_known=found.has_table and found.recorded and not made,
            mended=found.has_table and found.recorded and not found.ready,
            rows=engine.row_count(),
            pending=engine.connection.run(unindexed(engine.dialect)),
            dropped=found.leftovers,
        )
    finally:
        engine.connection.close()


@dataclass(slots=True)
class Backfill:
    """Indexes what is not indexed yet, in batches with their own commits. `throttle`: see Pace.

    `indexed` is right at every moment, also after an error.
    """

    location: Location
    throttle: float = 0
    timeout: float = 30.0
    bar: Bar = unseen
    sleep: Callable[[float], None] = time.sleep
    indexed: int = 0

    def run(self) -> Indexed:
        """Make the database ready where it is not, index, and verify that every thought is in the index.

        May be ended at any point, and goes on from there when it is run again. Raises DatabaseError, also where there is
        no table, or where a batch would have changed a thought: nothing of that batch is stored.
        """
        engine = open_engine(self.location, timeout=self.timeout)
        try:
            found = engine.find()
            if not found.has_table:
                raise SchemaError(
                    "This database holds no thoughts: it has no table ai_thought_history. Check its name, or make the "
                    "table with thoughtsearch init."
                )
            began = time.monotonic()
            if not found.ready:
                engine.install()
            self._index(engine)
            if not_indexed(engine):
                # Written while the triggers were switched off: from the beginning, which passes by what is indexed.
                engine.begin_anew()
                self._index(engine)
            engine.forget_gone()
            return self._verified(engine, time.monotonic() - began)
        finally:
            engine.connection.close()

    def _index(self, engine: Engine) -> None:
        pace = Throttle(engine.rhythm, self.throttle)
        total = engine.connection.run(unindexed(engine.dialect))
        done = 0
        with self.bar("Indexing", total) as progress:
            while True:
                began = time.monotonic()
                count = engine.next_batch(pace.size)
                if count is None:
                    break
                done += count
                self.indexed += count
                progress(done)
                self.sleep(pace.rest(time.monotonic() - began))

    def _verified(self, engine: Engine, seconds: float) -> Indexed:
        if missing := not_indexed(engine):
            raise DatabaseError(
                f"{missing:,} thoughts are not in the index, although all have been gone through: something keeps its "
                "triggers from running. See which triggers ai_thought_history has; thoughtsearch init mends ours."
            )
        return Indexed(self.indexed, engine.row_count(), seconds)


def not_indexed(engine: Engine) -> int:
    """How many thoughts are not in the index, all of them looked at."""

    def plan() -> Plan[int]:
        return (yield from engine.dialect.unindexed())

    return engine.connection.run(plan())
