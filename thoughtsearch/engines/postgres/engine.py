"""PostgreSQL as an engine: open a database, inspect it, and make it ready."""

from __future__ import annotations

import time
from dataclasses import replace

from ...errors import SchemaError
from ...location import Location
from ..contract import ownership
from ..contract.dry_run import Change, dry_run
from ..contract.engine import BATCH, SMALL, DatabaseState, IndexingSample, Rhythm
from ..contract.statement import Plan, Statement
from . import cloudbrain, schema
from .connection import PostgresConnection
from .dialect import PostgresDialect
from .dry_run import listed
from .schema import BRIEFLY, TableLocation, patiently
from .shape import TABLE

_PATIENCE = 120.0  # seconds for one batch of a backfill
_FORGOTTEN = 1_000  # rows at a time
# What indexing costs compared with to_tsvector() of the same texts, in time and in bytes of the whole index. Measured with
# 1,000,000 thoughts on PostgreSQL 18.
_TIME_FACTOR = 2.5
_SIZE_FACTOR = 2.7


class PostgresEngine:
    """See Engine."""

    #: Only a writer that changes or deletes a thought of a batch waits for the batch.
    rhythm = Rhythm(work=0.2, rest=0.0, longest_rest=0.0)

    def __init__(self, location: Location, *, read_only: bool, timeout: float) -> None:
        self.connection = PostgresConnection(location.target, read_only=read_only, timeout=timeout)
        self._place: TableLocation | None = None
        self._outdated = False
        #: Whether a small table still has the index of an older analysis after it was made ready.
        self.must_analyse_again = False

    @property
    def place(self) -> TableLocation:
        """Where the table is."""
        if self._place is None:
            self._place = self.connection.run(schema.locate())
        return self._place

    @property
    def dialect(self) -> PostgresDialect:
        return PostgresDialect(self.place.shape, outdated=self._outdated)

    def shared(self) -> PostgresConnection:
        single = self.connection
        single.close()
        return PostgresConnection(single.url, read_only=single.read_only, timeout=single.timeout, pooled=True)

    def find(self) -> DatabaseState:
        def look() -> Plan[tuple[TableLocation, DatabaseState]]:
            place = yield from schema.locate()
            return place, (yield from schema.inspect(place))

        self._place, found = self.connection.run(look())
        self._outdated = found.outdated
        return found

    def check_adopted(self) -> None:
        self._check(adopt=False)(self.find())

    def prepare(self, *, adopt: bool = False) -> None:
        found = self.find()
        self._check(adopt=adopt)(found)
        is_read = self.connection.read_only or self.place.read_only
        if found.ready or (is_read and replace(found, former=()).ready):
            return
        if is_read:
            raise SchemaError(
                f"{self.connection.name} has no search index that this version can use, and can only be read; "
                "run thoughtsearch init on it once, on the primary and with a role that may write."
            )
        rows = self._about() if found.has_table else 0
        if found.damaged and rows > SMALL:
            raise SchemaError(
                f"Parts of the search index are gone ({', '.join(found.damaged[:3])}); run thoughtsearch init to mend it."
            )
        self.install(adopt=adopt)
        self.find()
        if rows <= SMALL:
            while self.next_batch() is not None:
                pass
            self.must_analyse_again = bool(found.former) and self._outdated

    def _check(self, *, adopt: bool) -> ownership.Check:
        # The message names no URL: it may hold a password.
        return ownership.anything_goes if adopt else ownership.adopted(self.connection.name, "URL")

    def install(self, *, adopt: bool = True) -> DatabaseState:
        for statement in self._apart(self.find()):
            self.connection.run_alone(statement)
        self._place, found = schema.install(self.connection, self._check(adopt=adopt))
        return found

    @property
    def shape(self) -> str:
        return "cloudbrain" if self.place.shape.is_found else "own"

    def install_for_cloudbrain(self) -> bool:
        made = cloudbrain.install(self.connection)
        self._place = None
        return made is not None

    def changes(self) -> list[Change]:
        found, statements = self.connection.run(dry_run(schema.set_up()))
        if apart := self._apart(found):
            indexes = [name for name in found.damaged if name not in schema.TRIGGERS]
            statements = self.connection.run(dry_run(schema.set_up(made=indexes)))[1]
        return [*listed(apart, self.place, alone=True), *listed(statements, self.place)]

    def _apart(self, found: DatabaseState) -> list[Statement]:
        """The statements that take long on a large table. They run outside of a transaction, and keep nobody waiting."""
        if found.missing or not found.damaged or self._about() <= SMALL:
            return []
        return list(schema.make_indexes(self.place, found.damaged, alone=True))

    def sample(self, rows: int) -> IndexingSample:
        place, about = self.place, max(1, self._about())
        if not place.shape.is_found:
            return IndexingSample(0, 0.0, 0)

        def measure() -> Plan[IndexingSample]:
            percent = min(100.0, 100.0 * rows / about)
            began = time.perf_counter()
            count, size = (yield place.adopting("sample", percent=percent, rows=2 * rows))[0]
            return IndexingSample(int(count), (time.perf_counter() - began) * _TIME_FACTOR, int(size * _SIZE_FACTOR))

        return self.connection.run(measure())

    def _about(self) -> int:
        """About how many thoughts there are. Counts them only where that is quick."""
        place = self.place

        def estimate() -> Plan[int]:
            rows, size = (yield place.adopting("estimate", table=place.name(TABLE)))[0]
            return max(int(rows), int(size) // 8192)

        about = self.connection.run(estimate())
        return about if about > SMALL else self.row_count()

    def row_count(self) -> int:
        place = self.place

        def count() -> Plan[int]:
            return int((yield place.statement("count"))[0][0])

        return self.connection.run(count())

    def forget_gone(self) -> int:
        def forget() -> Plan[int]:
            yield Statement(BRIEFLY)
            ids = [row[0] for row in (yield self.place.adopting("lock_gone", limit=_FORGOTTEN))]
            # A statement of its own, so that it sees what the writers that we waited for have stored.
            yield self.place.adopting("forget_gone", ids=ids)
            return len(ids)

        forgotten = 0
        while self.place.shape.is_found:
            count = patiently(lambda: self.connection.run(forget(), write=True), self.connection.timeout)
            if not count:
                break
            forgotten += count
        return forgotten

    def begin_anew(self) -> None:
        def begin() -> Plan[None]:
            yield self.place.adopting("end_backfill")
            yield self.place.adopting("begin_backfill")

        self.connection.run(begin(), write=True)

    def next_batch(self, size: int = BATCH) -> int | None:
        if not self.place.shape.is_found:
            return None  # the vector is a part of each row, and is computed when the row is written
        count = patiently(
            lambda: self.connection.run(schema.next_batch(self.place, size), write=True),
            max(_PATIENCE, self.connection.timeout),
        )
        if count is None:
            self.connection.run(self.dialect.refresh_statistics(), write=True)
        return count
