"""PostgreSQL as an engine that is opened, inspected and made ready."""

from __future__ import annotations

from ..errors import SchemaError
from ..location import Location
from ..progress import Bar
from . import postgres_setup
from .engine import SMALL, Found
from .health.checkup import Checkup
from .postgres import PostgresDialect
from .postgres_connection import PostgresConnection
from .postgres_setup import Place, patiently
from .postgres_shape import TABLE
from .statement import Plan

_PATIENCE = 120.0  # seconds for one batch of a backfill


class PostgresEngine:
    """See Engine."""

    def __init__(self, location: Location, *, read_only: bool, timeout: float) -> None:
        self.connection = PostgresConnection(location.target, read_only=read_only, timeout=timeout)
        self._place: Place | None = None
        self._outdated = False

    @property
    def place(self) -> Place:
        """Where the table is."""
        if self._place is None:
            self._place = self.connection.run(postgres_setup.locate())
        return self._place

    @property
    def dialect(self) -> PostgresDialect:
        return PostgresDialect(self.place.shape, outdated=self._outdated)

    def shared(self) -> PostgresConnection:
        single = self.connection
        single.close()
        return PostgresConnection(single.url, read_only=single.read_only, timeout=single.timeout, pooled=True)

    def find(self) -> Found:
        def look() -> Plan[tuple[Place, Found]]:
            place = yield from postgres_setup.locate()
            return place, (yield from postgres_setup.inspect(place))

        self._place, found = self.connection.run(look())
        self._outdated = found.outdated
        return found

    def prepare(self) -> None:
        found = self.find()
        if found.ready:
            return
        if self.connection.read_only or self.place.read_only:
            raise SchemaError(
                f"{self.connection.name} has no search index that this version can use, and can only be read; "
                "run thoughtsearch init on it once, on the primary and with a role that may write."
            )
        rows = self._about() if found.has_table else 0
        if found.damaged and rows > SMALL:
            raise SchemaError(
                f"Parts of the search index are gone ({', '.join(found.damaged[:3])}); run thoughtsearch init to mend it."
            )
        self.install()
        if rows <= SMALL:
            while self.next_batch() is not None:
                pass

    def install(self) -> Found:
        self._place, found = postgres_setup.install(self.connection)
        return found

    def _about(self) -> int:
        """How many thoughts there are, counted only where that is quick."""
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

    def next_batch(self) -> int | None:
        if not self.place.shape.is_found:
            return None  # the vector is a part of each row, computed as it is written
        count = patiently(
            lambda: self.connection.run(postgres_setup.next_batch(self.place), write=True),
            max(_PATIENCE, self.connection.timeout),
        )
        if count is None:
            self.connection.run(self.dialect.settle(), write=True)
        return count

    def checkup(self, *, full: bool, bar: Bar) -> Checkup:
        from .health.postgres import checkup

        return checkup(self, full=full, bar=bar)
