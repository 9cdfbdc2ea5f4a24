"""Compare what is searched on PostgreSQL with the thoughts. Without `full`, only some of a large table are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ....sql import fill
from ....text import VERSION
from ...contract.checkup import EVERY, MENDED, Finding, beyond, listed, many, ok, wrong
from ...contract.statement import Plan, Statement
from ..shape import BESIDE
from .database import SQL, Database

#: Tables of at most `THOROUGH` thoughts are always compared in full, in seconds. Of a larger one, about `SAMPLE` are.
THOROUGH, SAMPLE = 5_000, 2_000
_PART = 1_000
_SMALLEST_ID = -(2**63)
ANEW = "and indexes those anew that are not as they read"


class Looked(NamedTuple):
    """The result of a look at some thoughts: the last id, their number, and the ids whose index doesn't fit the text."""

    last: int | None
    rows: int
    others: list[int]


class Thoughts:
    """Whether every thought is indexed, and by its present text."""

    name, needed = "thoughts", False

    def __init__(self, database: Database) -> None:
        self._database = database
        self.looks = (self._unindexed, self._truncated, self._compared)
        self.repairs = {"backfill": self._begin, "thoughts": self.mended}

    def _unindexed(self) -> Iterator[Finding]:
        dialect, is_found = self._database.engine.dialect, self._database.place.shape.is_found

        def plan() -> Plan[tuple[int, bool, int]]:
            due = yield from dialect.is_backfill_due()
            count = yield from dialect.unindexed()
            (orphans,) = (yield self._database.statement("orphans"))[0] if is_found else (0,)
            return count, due, orphans

        count, due, orphans = self._database.engine.connection.run(plan())
        if count and due:
            message = f"{many(count, 'thought is', 'thoughts are')} not indexed: a backfill has not come to its end"
            remedy = f"{MENDED} indexes them, and so does thoughtsearch backfill"
            yield wrong(message, remedy, "backfill")
        elif count:
            message = f"{many(count, 'thought is', 'thoughts are')} not indexed: they have no row in {BESIDE}"
            yield wrong(message, f"{MENDED} indexes them", "thoughts")
        if orphans:
            message = f"{BESIDE} has {many(orphans, 'row')} of thoughts that are gone"
            yield wrong(message, f"{MENDED} removes them", "thoughts")
        if not count and not orphans:
            yield ok(f"{many(self._database.engine.row_count(), 'thought')}, all of them indexed")

    def _truncated(self) -> Iterator[Finding]:
        if truncated := self._database.engine.connection.run(self._database.engine.dialect.truncated()):
            yield beyond(truncated)

    def _compared(self) -> Iterator[Finding]:
        count, connection = self._database.engine.row_count(), self._database.engine.connection
        full = self._database.full or count <= THOROUGH
        if full:
            parts = list(self._parts("Checking", count, lambda first: connection.run(self._next(first))))
        else:
            parts = [connection.run(self._some(count))]
        looked, others = sum(part.rows for part in parts), [ident for part in parts for ident in part.others]
        if others:
            message = f"{len(others):,} of {many(looked, 'thought')} looked at are indexed otherwise than they read: "
            yield wrong(message + listed(others), f"{MENDED} looks at every thought, {ANEW}", "thoughts")
        else:
            yield ok("all are indexed as they read" if full else f"{looked:,} looked at are indexed as they read; {EVERY}")

    def _parts(self, label: str, count: int, look: Callable[[int], Looked]) -> Iterator[Looked]:
        """Look at the whole table, part by part."""
        first, done = _SMALLEST_ID, 0
        with self._database.bar(label, count) as progress:
            while (part := look(first)).last is not None:
                yield part
                first, done = part.last + 1, done + part.rows
                progress(done)

    def _next(self, first: int, *, without: bool = False) -> Plan[Looked]:
        return (yield from self._looked("next_part", first=first, limit=_PART, without=without))

    def _some(self, count: int) -> Plan[Looked]:
        return (yield from self._looked("sampled_part", percent=min(100.0, 100.0 * SAMPLE / max(1, count)), without=False))

    def _looked(self, part: str, **parameters: float) -> Plan[Looked]:
        shape = self._database.place.shape
        sql = fill(SQL["compare_beside" if shape.is_found else "compare"], part=SQL[part])
        return Looked(*(yield Statement(shape.fill(sql), parameters))[0])

    def _begin(self) -> None:
        pass  # a backfill is due already; `mended` does what a backfill does not know of

    def mended(self) -> str:
        """Index anew the thoughts whose index doesn't fit their text, and say what was done."""
        is_found = self._database.place.shape.is_found
        again = "index_again" if is_found else "compute_again"

        def part(first: int) -> Looked:
            def plan() -> Plan[Looked]:
                looked = yield from self._next(first, without=True)
                if looked.others:
                    yield self._database.statement(again, ids=looked.others)
                return looked

            return self._database.change(plan)

        parts = self._parts("Indexing", self._database.engine.row_count(), part)
        mended = sum(len(looked.others) for looked in parts)
        removed = self._database.engine.forget_gone()
        self._database.change(self._note_version)
        beside = f", and removed {many(removed, 'row')} of thoughts that are gone" if removed else ""
        return f"indexed {many(mended, 'thought')} anew{beside}"

    def _note_version(self) -> Plan[None]:
        yield self._database.place.statement("set_state", key="analysis", value=str(VERSION))
