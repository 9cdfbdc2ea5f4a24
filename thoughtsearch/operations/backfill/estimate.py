"""Estimates what a backfill would do and what it would take. It only reads."""

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
    """What a backfill would do: run the statements in `changes` to make the database ready, then index `pending` rows."""

    engine: str
    has_table: bool
    changes: tuple[Change, ...]
    rows: int
    pending: int
    rhythm: Rhythm
    sample: IndexingSample

    @property
    def seconds(self) -> float:
        """About how long indexing would take without a throttle."""
        share = self.rhythm.work / (self.rhythm.work + self.rhythm.rest)
        return self._all(self.sample.seconds) / share

    @property
    def size(self) -> int:
        """About how many bytes the index would take."""
        return int(self._all(self.sample.size))

    @property
    def longest_wait(self) -> float:
        """About how many seconds a writer would wait at most."""
        return self.sample.longest_wait * self.rows / max(self.sample.rows, 1)

    def _all(self, sampled: float) -> float:
        return sampled * self.pending / max(self.sample.rows, 1)


def estimate(location: Location, *, timeout: float = 30.0) -> Estimate:
    """Estimate a backfill of the database. Opens it for reading only, and raises DatabaseError as a backfill would."""
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
