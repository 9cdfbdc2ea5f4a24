"""What has to be renewed from time to time on PostgreSQL: statistics, dead rows, and who may search."""

from __future__ import annotations

from collections.abc import Iterator

from ..postgres_counts import COUNTED, outgrown
from ..postgres_setup import let_read
from ..postgres_shape import BESIDE, TABLE
from .checkup import MENDED, Finding, listed, ok, wrong
from .postgres_database import Database

#: Autovacuum comes when a fifth of the rows are dead: with so many it is off, or kept from its work.
DEAD, _DEAD_SHARE = 10_000, 0.5
#: How wrong the planner may be about the number of rows.
_WRONG = 0.25


class Statistics:
    """What scores and plans are made of, and what lies dead among the rows."""

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
    """Whether those may search who may read the thoughts, and nobody else."""

    name, needed = "rights", False

    def __init__(self, database: Database) -> None:
        self._database = database
        self.looks = (self._row_security, self._readers)
        self.repairs = {"rights": self._granted}

    def _row_security(self) -> Iterator[Finding]:
        place = self._database.place
        if place.shape.is_found and self._database.rows(place.adopting("row_security", table=place.name(TABLE)))[0][0]:
            message = f"{TABLE} has row security, and {BESIDE} beside it has not: searches show rows to whoever may search"
            yield wrong(message, f"REVOKE SELECT ON {BESIDE} from who may not read every row")

    def _readers(self) -> Iterator[Finding]:
        place = self._database.place
        if not place.shape.is_found:
            yield ok("who may read the thoughts may search them")
            return
        reading, searching = (
            {row[0] for row in self._database.rows(place.adopting("readers", table=place.name(table)))}
            for table in (TABLE, BESIDE)
        )
        lacking = sorted(reading - searching) if "PUBLIC" not in searching else []
        excess = sorted(searching - reading) if "PUBLIC" not in reading else []
        if lacking:
            message = f"may read the thoughts and not search them: {listed(lacking)}"
            yield wrong(message, f"{MENDED} grants it", "rights")
        if excess:
            message = f"may read {BESIDE}, where the words of the thoughts stand, and not the thoughts: {listed(excess)}"
            yield wrong(message, f"REVOKE SELECT ON {BESIDE} FROM {', '.join(excess)}")
        if not lacking and not excess:
            yield ok("who may read the thoughts may search them")

    def _granted(self) -> str:
        self._database.change(lambda: let_read(self._database.place))
        return "let those search the thoughts who may read them"
