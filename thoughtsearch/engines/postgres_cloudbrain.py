"""A new database in CloudBrain's shape: its server is the writer, so the table has its types, and is adopted at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sql import statements
from . import postgres_setup
from .engine import Found
from .postgres_setup import BRIEFLY, Place
from .statement import Plan, Statement

if TYPE_CHECKING:
    from .postgres_connection import PostgresConnection


def install(connection: PostgresConnection) -> Found | None:
    """Make the table where there is none, and adopt it, in one transaction; None, and nothing done, where there is one."""

    def step() -> Plan[Found | None]:
        yield Statement(BRIEFLY)
        place = yield from postgres_setup.locate()
        if place.has_table or place.read_only:
            return None
        yield place.statement("lock", schema=place.shape.schema)
        # Under the lock: another process may have been quicker.
        place = yield from postgres_setup.locate()
        if place.has_table:
            return None
        yield from create(place)
        found = yield from postgres_setup.set_up()
        yield (yield from postgres_setup.locate()).adopting("end_backfill")  # an empty table has nothing to index
        return found

    return postgres_setup.patiently(lambda: connection.run(step(), write=True), connection.timeout)


def create(place: Place) -> Plan[None]:
    """The table alone."""
    yield Statement(place.shape.fill(statements("postgres", "cloudbrain")["create_thoughts"]))
