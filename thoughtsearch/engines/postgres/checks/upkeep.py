"""The upkeep of a PostgreSQL database: statistics, dead rows, and the rights to search."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.checkup import MENDED, Finding, listed, note, ok, wrong
from ..rights import Wrong, deviations, row_security, secured
from ..shape import TABLE
from ..statistics import COUNTED, outgrown
from .database import Database

#: Autovacuum runs when a fifth of the rows are dead. With as many dead rows as these, it is off or kept from its work.
DEAD, _DEAD_SHARE = 10_000, 0.5
#: How far the planner's number of rows may be off, as a share.
_WRONG = 0.25


class Statistics:
    """The statistics for scores and for the planner, and the dead versions of rows."""

    name, needed = "statistics", False

    def __init__(self, database: Database) -> None:
        self._database = database
        self.looks = (self._counts,)
        self.repairs = {"statistics": self._renewed, "vacuum": self._vacuumed}

    def _counts(self) -> Iterator[Finding]:
        table = self._database.place.name(self._database.place.shape.indexed)
        rows, planned, dead, counted = self._database.ask("state_of_rows", table=table)[0]
        stale = []
        if outgrown(rows, counted or 0):
            stale.append(f"scores count {counted or 0:,} thoughts of {rows:,}")
        if rows >= COUNTED and abs(rows - planned) > _WRONG * rows:
            stale.append(f"the planner takes {rows:,} thoughts for {max(planned, 0):,}")
        if stale:
            yield wrong(f"old: {', '.join(stale)}", f"{MENDED} counts anew", "statistics")
        if dead > DEAD and dead > _DEAD_SHARE * rows:
            message = f"{dead:,} dead versions of rows lie among {rows:,}: autovacuum is off, or kept from its work"
            remedy = f"{MENDED} runs VACUUM; what a transaction that stays open may still see can't be removed"
            yield wrong(message, remedy, "vacuum")
        if not stale:
            yield ok("counted at each search" if rows < COUNTED else "counted not long ago")

    def _renewed(self) -> str:
        self._database.change(self._database.engine.dialect.counts.renew)
        return "counted thoughts and words anew"

    def _vacuumed(self) -> str:
        self._database.alone(f"VACUUM (ANALYZE) {self._database.place.name(self._database.place.shape.indexed)}")
        return "removed dead versions of rows"


class Rights:
    """Whether exactly the roles that may read the thoughts may search them, and who may run thoughtsearch's functions."""

    name, needed = "rights", False

    def __init__(self, database: Database) -> None:
        self._database = database
        self.looks = (self._row_security, self._deviations)
        self.repairs = {"rights": self._granted}

    def _row_security(self) -> Iterator[Finding]:
        shape = self._database.place.shape
        rows = self._database.rows(row_security(shape))
        if rows and rows[0][0]:
            if shape.is_found:
                yield note(f"{TABLE} has row security: roles that it binds can read thoughts here, and not search them")
            else:
                yield note(f"{TABLE} has row security: searches obey it, and take the longer the more thoughts there are")

    def _deviations(self) -> Iterator[Finding]:
        wrongs = self._look()
        if mended := [one.what for one in wrongs if one.mending is not None]:
            yield wrong(f"not as they should be: {listed(mended)}", f"{MENDED} puts them right", "rights")
        for other in (one.what for one in wrongs if one.mending is None):
            what, _, remedy = other.partition(": ")
            yield wrong(what, f"see who made it, then {remedy}")
        if not wrongs:
            yield ok("who may read the thoughts may search them, and nobody else")

    def _look(self) -> list[Wrong]:
        return self._database.engine.connection.run(deviations(self._database.place.shape))

    def _granted(self) -> str:
        self._database.change(lambda: secured(self._database.place.shape))
        return "put the rights on tables and functions right"
