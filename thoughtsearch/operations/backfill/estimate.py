"""What a backfill would do and what it would take, found out by reading alone."""

from __future__ import annotations

from dataclasses import dataclass

from ...engines.connect import open_engine
from ...engines.contract.dry_run import Change
from ...engines.contract.engine import Engine, IndexingSample, Rhythm
from ...location import Location
from .job import not_indexed

_SAMPLED = 1_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """`changes` are the very statements that making the database ready would run; then `pending` rows are indexed."""

    engine: str
    has_table: bool
    changes: tuple[Change, ...]
    rows: int
    pending: int
    rhythm: Rhythm
    sample: IndexingSample

    @property
    def seconds(self) -> float:
        """What indexing would take without a throttle, about."""
        share = self.rhythm.work / (self.rhythm.work + self.rhythm.rest)
        return self._all(self.sample.seconds) / share

    @property
    def size(self) -> int:
        """The bytes that the index would take, about."""
        return int(self._all(self.sample.size))

    @property
    def longest_wait(self) -> float:
        """Seconds that a writer would have to wait at most, about."""
        return self.sample.longest_wait * self.rows / max(self.sample.rows, 1)

    def _all(self, sampled: float) -> float:
        return sampled * self.pending / max(self.sample.rows, 1)


def outlook(location: Location, *, timeout: float = 30.0) -> Estimate:
    """Look at the database, which is opened for reading only. Raises DatabaseError as a backfill would."""
    engine = open_engine(location, read_only=True, timeout=timeout)
    try:
        return _look(engine)
    finally:
        engine.connection.close()


def _look(engine: Engine) -> Estimate:
    found = engine.find()
    changes = tuple(engine.changes())
    rows = engine.row_count() if found.has_table else 0
    pending = not_indexed(engine) if found.ready else rows
    sample = engine.sample(_SAMPLED) if pending else IndexingSample(0, 0.0, 0)
    return Estimate(engine.dialect.name, found.has_table, changes, rows, pending, engine.rhythm, sample)
