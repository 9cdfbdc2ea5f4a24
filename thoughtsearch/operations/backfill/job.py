"""Adopts a database in place, and indexes the rows found there."""

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
    """What `initialise` found and did. A backfill still has to index `pending` rows."""

    created: bool  # there was no table
    adopted: bool  # there was a table that another program made
    is_known: bool  # there was a table of ours, in any state
    mended: bool  # that table was damaged, or an older version made it
    rows: int
    pending: int
    dropped: tuple[str, ...]  # leftovers of another index, now removed


@dataclass(frozen=True, slots=True)
class Indexed:
    """What a backfill did: it indexed `rows` of the `thoughts` in the table, and took `seconds`."""

    rows: int
    thoughts: int
    seconds: float


def initialise(location: Location, *, shape: str | None = None, timeout: float = 30.0) -> Adoption:
    """Make the table, the index and its triggers. From then on new rows are searchable.

    `shape` is for a database without a table: "own", or "cloudbrain" if CloudBrain's server will write to it. It doesn't
    index rows that were there before. Raises DatabaseError, also if there is a table of the other shape.
    """
    engine = open_engine(location, timeout=timeout)
    try:
        made = shape == "cloudbrain" and engine.install_for_cloudbrain()
        if shape is not None and engine.find().has_table and engine.shape not in (None, shape):
            raise SchemaError(
                f"There is a table ai_thought_history of the shape {engine.shape} already, and it keeps its shape: leave "
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
    """Indexes the rows that aren't indexed yet, in batches, each committed on its own. `throttle`: see Throttle.

    `indexed` is correct at every moment, also after an error.
    """

    location: Location
    throttle: float = 0
    timeout: float = 30.0
    bar: Bar = unseen
    sleep: Callable[[float], None] = time.sleep
    indexed: int = 0

    def run(self) -> Indexed:
        """Make the database ready if need be, index, and verify that every thought is in the index.

        It may be stopped at any point; the next run goes on from there. Raises DatabaseError, also if there is no table,
        or if a batch would have changed a thought: then nothing of that batch is stored.
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
                # Somebody wrote while the triggers were off. Begin again; this passes over what is indexed.
                engine.begin_anew()
                self._index(engine)
            engine.forget_gone()
            return self._verified(engine, time.monotonic() - began)
        finally:
            engine.connection.close()

    def _index(self, engine: Engine) -> None:
        throttle = Throttle(engine.rhythm, self.throttle)
        total = engine.connection.run(unindexed(engine.dialect))
        done = 0
        with self.bar("Indexing", total) as progress:
            while True:
                began = time.monotonic()
                count = engine.next_batch(throttle.size)
                if count is None:
                    break
                done += count
                self.indexed += count
                progress(done)
                self.sleep(throttle.rest(time.monotonic() - began))

    def _verified(self, engine: Engine, seconds: float) -> Indexed:
        if missing := not_indexed(engine):
            raise DatabaseError(
                f"{missing:,} thoughts are not in the index, although the backfill went through all of them: something "
                "keeps the triggers from running. See which triggers ai_thought_history has; thoughtsearch init mends ours."
            )
        return Indexed(self.indexed, engine.row_count(), seconds)


def not_indexed(engine: Engine) -> int:
    """Count the thoughts that aren't in the index; checks every thought."""

    def plan() -> Plan[int]:
        return (yield from engine.dialect.unindexed())

    return engine.connection.run(plan())
