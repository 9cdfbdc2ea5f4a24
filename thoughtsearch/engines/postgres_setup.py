"""Making a PostgreSQL database ready: the table, its functions and its indexes, where there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import DatabaseUnavailable, MissingFeature, SchemaError
from ..sql import migrations, statements
from .engine import Found
from .postgres import in_schema, quoted
from .statement import Plan, Statement

if TYPE_CHECKING:
    from .postgres_connection import PostgresConnection

_SETUP = statements("postgres", "setup")
OLDEST = 14
_TABLE = "ai_thought_history"
_INDEXES = ("search", "tags", "metadata", "agent", "session", "created")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the table is or would be, and whether the server can be written to."""

    schema: str
    has_table: bool
    read_only: bool

    @property
    def prefix(self) -> str:
        """Before the name of an object, in SQL."""
        return quoted(self.schema) + "."

    def statement(self, named: str, **parameters: object) -> Statement:
        """A statement of setup.sql for this schema."""
        return Statement(in_schema(_SETUP[named], self.prefix), parameters)


def locate() -> Plan[Place]:
    """Look at the server. Raises MissingFeature or SchemaError for one that can't be used."""
    version, encoding, read_only, schema, kind = (yield Statement(_SETUP["server"]))[0]
    if version < OLDEST * 10_000:
        raise MissingFeature(f"thoughtsearch needs PostgreSQL {OLDEST} or newer; this server is {version // 10_000}.")
    if encoding != "UTF8":
        raise MissingFeature(
            f"The database is encoded in {encoding}, which can't hold every thought; thoughtsearch needs one in UTF8: "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )
    if schema is None:
        raise DatabaseUnavailable("The role's search_path names no schema that exists; set one, such as public.")
    if "%" in schema:
        raise SchemaError(f"thoughtsearch can't work in a schema with a % in its name; got {schema!r}.")
    if kind not in (None, "r", "p"):
        raise SchemaError(f"{_TABLE} is no table here; thoughtsearch works on a table of that name.")
    return Place(schema, kind is not None, read_only)


def inspect(place: Place) -> Plan[Found]:
    """Look, and change nothing. Raises SchemaError for a table that can't be adopted or a newer version's."""
    known = migrations("postgres")
    recorded = f"{place.prefix}thoughtsearch_migration"
    applied: list[int] = []
    if (yield Statement(_SETUP["has_migrations"], {"name": recorded}))[0][0]:
        applied = [row[0] for row in (yield place.statement("migrations"))]
    if applied and max(applied) > known[-1].version:
        raise SchemaError(
            f"This database was made by a newer thoughtsearch (schema {max(applied)}, this one knows "
            f"{known[-1].version}); upgrade thoughtsearch."
        )
    missing = tuple(step for step in known if step.version not in applied)
    damaged: list[str] = []
    if place.has_table and not missing:
        table = f"{place.prefix}{_TABLE}"
        indexes = {row[0] for row in (yield Statement(_SETUP["indexes"], {"table": table}))}
        damaged = [name for name in (f"{_TABLE}_{part}" for part in _INDEXES) if name not in indexes]
    return Found(place.has_table, missing, tuple(damaged))


def migrate(place: Place, found: Found) -> Plan[None]:
    """Apply what is missing, all in the transaction of this plan."""
    yield place.statement("create_migrations")
    yield place.statement("create_state")
    yield place.statement("let_read")
    for step in found.missing:
        yield Statement(in_schema(step.script, place.prefix))
        yield place.statement("record_migration", version=step.version, name=step.name)


def install(connection: PostgresConnection) -> tuple[Place, Found]:
    """Create what is missing; what was found before."""

    def step() -> Plan[tuple[Place, Found]]:
        place = yield from locate()
        yield place.statement("lock", schema=place.schema)
        # Looked at again under the lock: another process may have been quicker.
        place = yield from locate()
        found = yield from inspect(place)
        if found.missing and place.has_table:
            raise SchemaError(f"There is a table {_TABLE} already; this version can't adopt it yet.")
        if not found.ready:
            yield from migrate(place, found)
        return place, found

    return connection.run(step(), write=True)
