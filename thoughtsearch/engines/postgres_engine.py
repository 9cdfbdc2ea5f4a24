"""PostgreSQL as an engine that is opened, inspected and made ready."""

from __future__ import annotations

from ..errors import SchemaError
from ..location import Location
from . import postgres_setup
from .engine import Found
from .postgres import PostgresDialect
from .postgres_connection import PostgresConnection
from .statement import Plan


class PostgresEngine:
    """See Engine."""

    def __init__(self, location: Location, *, read_only: bool, timeout: float) -> None:
        self.connection = PostgresConnection(location.target, read_only=read_only, timeout=timeout)
        self._dialect: PostgresDialect | None = None

    @property
    def dialect(self) -> PostgresDialect:
        if self._dialect is None:
            self._dialect = PostgresDialect(self.connection.run(postgres_setup.locate()).schema)
        return self._dialect

    def shared(self) -> PostgresConnection:
        single = self.connection
        single.close()
        return PostgresConnection(single.url, read_only=single.read_only, timeout=single.timeout, pooled=True)

    def find(self) -> Found:
        return self._find()[1]

    def _find(self) -> tuple[postgres_setup.Place, Found]:
        def look() -> Plan[tuple[postgres_setup.Place, Found]]:
            place = yield from postgres_setup.locate()
            return place, (yield from postgres_setup.inspect(place))

        return self.connection.run(look())

    def prepare(self) -> None:
        place, found = self._find()
        self._dialect = PostgresDialect(place.schema)
        if found.ready:
            return
        if self.connection.read_only or place.read_only:
            raise SchemaError(
                f"{self.connection.name} has no search index that this version can use, and can only be read; "
                "run thoughtsearch init on it once, on the primary and with a role that may write."
            )
        self.install()

    def install(self) -> Found:
        place, found = postgres_setup.install(self.connection)
        self._dialect = PostgresDialect(place.schema)
        return found

    def row_count(self) -> int:
        place = self.connection.run(postgres_setup.locate())

        def count() -> Plan[int]:
            return int((yield place.statement("count"))[0][0])

        return self.connection.run(count())

    def next_batch(self) -> int | None:
        return None  # the vector is a part of each row, computed as it is written
