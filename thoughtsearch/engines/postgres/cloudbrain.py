"""A new database in CloudBrain's shape: its server is the writer, so the table has its types, and is adopted at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...sql import migrations, statements
from ..contract.engine import DatabaseState
from ..contract.statement import Plan, Statement
from . import schema as postgres_setup
from .schema import BRIEFLY, TableLocation
from .shape import Shape

_TABLE = statements("postgres", "cloudbrain")["create_thoughts"]
_TYPES = dict.fromkeys(("id", "ai_id", "session_id", "cycle_number"), "bigint")
_TYPES |= dict.fromkeys(("thought_content", "thought_type", "tags", "metadata"), "text")
_TYPES |= {"created_at": "timestamp without time zone"}

if TYPE_CHECKING:
    from .connection import PostgresConnection


def install(connection: PostgresConnection) -> DatabaseState | None:
    """Make the table where there is none, and adopt it, in one transaction; None, and nothing done, where there is one."""

    def step() -> Plan[DatabaseState | None]:
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


def create(place: TableLocation) -> Plan[None]:
    """The table alone."""
    yield Statement(place.shape.fill(_TABLE))


def script(schema: str, *, for_cloudbrain: bool) -> Iterator[tuple[str, str]]:
    """What makes all of it in an empty database, each part with its title; the table in CloudBrain's shape or our own."""
    shape = Shape(schema, _TYPES if for_cloudbrain else None)
    if for_cloudbrain:
        yield "the table, as CloudBrain has it", shape.fill(_TABLE) + ";\n"
    for step in migrations("postgres", adopting=for_cloudbrain):
        yield f"migration {step.version}: {step.name}", shape.fill(step.script)
    if for_cloudbrain:
        followed = shape.fill(statements("postgres", "adopt")["follow_rows"])
        yield "every writer's row is indexed as it is written", followed + ";\n"
