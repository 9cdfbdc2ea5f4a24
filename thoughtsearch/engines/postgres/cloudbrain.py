"""A new database in CloudBrain's shape. CloudBrain's server writes to it, so the table has its types.

Thoughtsearch adopts the table at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...sql import migrations, statements
from ..contract.engine import DatabaseState
from ..contract.statement import Plan, Statement
from . import schema as setting_up
from .schema import BRIEFLY, TableLocation
from .shape import Shape

_TABLE = statements("postgres", "cloudbrain")["create_thoughts"]
_TYPES = dict.fromkeys(("id", "ai_id", "session_id", "cycle_number"), "bigint")
_TYPES |= dict.fromkeys(("thought_content", "thought_type", "tags", "metadata"), "text")
_TYPES |= {"created_at": "timestamp without time zone"}

if TYPE_CHECKING:
    from .connection import PostgresConnection


def install(connection: PostgresConnection) -> DatabaseState | None:
    """Make the table and adopt it, in one transaction. Where there is a table, do nothing and return None."""

    def step() -> Plan[DatabaseState | None]:
        yield Statement(BRIEFLY)
        place = yield from setting_up.locate()
        if place.has_table or place.read_only:
            return None
        yield place.statement("lock", schema=place.shape.schema)
        # Under the lock: another process may have been quicker.
        place = yield from setting_up.locate()
        if place.has_table:
            return None
        yield from create(place)
        found = yield from setting_up.set_up()
        yield (yield from setting_up.locate()).adopting("end_backfill")  # an empty table has nothing to index
        return found

    return setting_up.patiently(lambda: connection.run(step(), write=True), connection.timeout)


def create(place: TableLocation) -> Plan[None]:
    """Create the table alone."""
    yield Statement(place.shape.fill(_TABLE))


def script(schema: str, *, for_cloudbrain: bool) -> Iterator[tuple[str, str]]:
    """The titles and scripts that make everything in an empty database. The table has CloudBrain's shape or our own."""
    shape = Shape(schema, _TYPES if for_cloudbrain else None)
    if for_cloudbrain:
        yield "the table, as CloudBrain has it", shape.fill(_TABLE) + ";\n"
    for step in migrations("postgres", adopting=for_cloudbrain):
        yield f"migration {step.version}: {step.name}", shape.fill(step.script)
    if for_cloudbrain:
        followed = shape.fill(statements("postgres", "adopt")["follow_rows"])
        yield "every writer's row is indexed as it is written", followed + ";\n"
