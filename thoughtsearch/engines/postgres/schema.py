"""Make a PostgreSQL database ready: create the table, or adopt a found one in place while others write to it.

Our own table computes its vectors itself. Beside a found table stands another one, which triggers keep. `adoption/` says
why.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from ...errors import DatabaseLocked, DatabaseUnavailable, MissingFeature, SchemaError
from ...sql import Migration, fill, migrations, statements
from ...text import VERSION
from ..contract.engine import DatabaseState, check_unchanged, indexed_by
from ..contract.ownership import Check, anything_goes, check_complete, check_not_renamed
from ..contract.statement import Plan, Statement
from . import objects, renewal
from .rights import row_security, secured
from .shape import ADDABLE, BESIDE, NEEDED, TABLE, Shape, checked

if TYPE_CHECKING:
    from .connection import PostgresConnection

T = TypeVar("T")

_SETUP = statements("postgres", "setup")
_ADOPT = statements("postgres", "adopt")
OLDEST = 14
# The name of a schema stands inside strings and functions. These signs in it would end them.
_UNUSABLE = ("%", "'", "$", "/*")
_INDEXES = ("search", "tags", "metadata", "agent", "session", "created")
TRIGGERS = ("thoughtsearch_follow", "thoughtsearch_follow_truncate")
# The migrations that make the table that is searched, and the objects that name this table.
_OF_INDEX = ("thoughts", "counts", "rights", "metadata", "no_metadata")
_CREATING = re.compile(r"^CREATE FUNCTION ", re.MULTILINE)
_MIGRATION, _STATE = "thoughtsearch_migration", "thoughtsearch_state"
#: The columns that our own table has beside those of a thought.
COMPUTED = ("search_vector", "search_length")
#: The longest wait for a lock, each time. Writers wait behind us that long. PostgreSQL looks for a deadlock only later.
BRIEFLY = "SET LOCAL lock_timeout = 500"
_LONGEST_WAIT = 500  # milliseconds, as above
_AT_ONE_MOMENT = f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; {BRIEFLY}"


@dataclass(frozen=True, slots=True)
class TableLocation:
    """Where the table is or would be, and whether the server accepts writes."""

    shape: Shape
    has_table: bool
    read_only: bool
    lacking: tuple[str, ...] = ()  # the columns of a thought that the table lacks
    is_computed: bool = False  # the database computes the vectors in it, as in our own table

    def statement(self, named: str, **parameters: object) -> Statement:
        """A statement of setup.sql for this table."""
        return Statement(self.shape.fill(_SETUP[named]), parameters)

    def adopting(self, named: str, **parameters: object) -> Statement:
        """A statement of adopt.sql for this table."""
        return Statement(self.shape.fill(_ADOPT[named]), parameters)

    def name(self, table: str) -> str:
        """The name of a table with its schema, in SQL."""
        return self.shape.prefix + table


def locate() -> Plan[TableLocation]:
    """Inspect the server. Raises MissingFeature or SchemaError if it can't be used."""
    version, encoding, read_only, schema, kind = (yield Statement(_SETUP["server"]))[0]
    if version < OLDEST * 10_000:
        raise MissingFeature(f"thoughtsearch needs PostgreSQL {OLDEST} or newer; this server is {version // 10_000}.")
    if encoding != "UTF8":
        raise MissingFeature(
            f"The database is encoded in {encoding}, which can't hold every thought; thoughtsearch needs one in UTF8: "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )
    if schema is None:
        raise DatabaseUnavailable(
            "The role's search_path names no schema that exists and that it may use; set one, such as public."
        )
    if bad := next((sign for sign in _UNUSABLE if sign in schema), None):
        raise SchemaError(f"thoughtsearch can't work in a schema with {bad} in its name; got {schema!r}.")
    if kind not in (None, "r", "p"):
        raise SchemaError(f"{TABLE} is no table here; thoughtsearch works on a table of that name.")
    place = TableLocation(Shape(schema), kind is not None, read_only)
    if not place.has_table:
        return place
    rows = yield Statement(_SETUP["columns"], {"table": place.name(TABLE)})
    columns = {row[0]: row[1] for row in rows}
    lacking = tuple(name for name in (*NEEDED, *ADDABLE) if name not in columns)
    place = replace(place, lacking=lacking, is_computed=("search_vector", "tsvector", True) in rows)
    if columns.keys() >= set(COMPUTED):
        # Another program's table may have two columns with these names, which that program fills itself.
        names = [_MIGRATION, BESIDE]
        gone = yield place.statement("tables_gone", schema=place.shape.prefix, names=names)
        if place.is_computed or gone == [(BESIDE,)]:
            return place
    checked(columns)
    return replace(place, shape=Shape(schema, columns))


def inspect(place: TableLocation) -> Plan[DatabaseState]:
    """Inspect the database and change nothing. Raises SchemaError if a newer thoughtsearch made it."""
    known = migrations("postgres", adopting=place.shape.is_found)
    recorded: list[tuple[int, str]] = []
    names = [*objects.table_names(place.shape), _MIGRATION, _STATE]
    rows = yield place.statement("tables_gone", schema=place.shape.prefix, names=names)
    unread = {str(row[0]): bool(row[1]) for row in rows}
    gone = [name for name, is_gone in unread.items() if is_gone]
    if unread.get(_MIGRATION) is False:
        # This role may only read the thoughts. It can search them where their own table holds what is searched.
        return DatabaseState(place.has_table, recorded=True)
    if _MIGRATION not in gone:
        recorded = [(version, name) for version, name in (yield place.statement("migrations"))]
    elif place.shape.indexed not in gone and (place.shape.is_found or place.is_computed):
        # What the migrations made is there. Only their record is gone.
        recorded = [(step.version, step.name) for step in known]
    applied = _numbered(recorded, known)
    if applied and max(applied) > known[-1].version:
        raise SchemaError(
            f"This database was made by a newer thoughtsearch (schema {max(applied)}, this one knows "
            f"{known[-1].version}); upgrade thoughtsearch."
        )
    if applied:
        yield from _check_whole(place, gone)
    missing = tuple(step for step in known if step.version not in applied)
    if not applied:
        return DatabaseState(place.has_table, missing)
    made = [step for step in known if step.version in applied]
    state: dict[str, object] | None = None  # None where this role may not read it
    if _STATE in gone:
        state = {}
    elif _STATE not in unread:
        state = {key: value for key, value in (yield place.statement("states"))}  # noqa: C416
    analysis = VERSION
    if state is not None and _STATE not in gone:
        analysis = indexed_by([(state["analysis"],)] if "analysis" in state else [])
    former: list[str] = []
    unmarked = state is not None and state.get("migrations") != renewal.fingerprint(made)
    if unmarked:
        # Where the index is gone, the migrations that made it run once more.
        there = [step for step in made if place.shape.indexed not in gone or step.name not in _OF_INDEX]
        former = yield from renewal.others(place.shape, there)
        if applied != [version for version, _ in recorded]:
            former.append(_MIGRATION)
    gone = [name for name in gone if name in (*objects.table_names(place.shape, made), _MIGRATION, _STATE)]
    searchable = place.shape.indexed not in gone and any(step.name == "thoughts" for step in made)
    damaged = tuple((yield from _damage(place))) if searchable else ()
    return DatabaseState(
        place.has_table,
        missing,
        damaged,
        tuple(former),
        gone=tuple(gone),
        analysis=analysis,
        recorded=True,
        unmarked=unmarked,
    )


def _numbered(recorded: Iterable[tuple[int, str]], known: Iterable[Migration]) -> list[int]:
    """The present numbers of the applied migrations. Some had other numbers at first."""
    numbers = {step.name: step.version for step in known}
    return sorted({numbers.get(name, version) for version, name in recorded})


def _check_whole(place: TableLocation, gone: list[str]) -> Plan[None]:
    """Raises SchemaError if thoughtsearch's table or one of its columns is gone or was renamed."""
    if not place.has_table:
        check_not_renamed([row[0] for row in (yield place.statement("elsewhere", schema=place.shape.schema))])
        return
    check_complete(place.lacking)
    if place.shape.is_found and BESIDE in gone:
        # Thoughtsearch made it if it still has at least one of the two computed columns, under whatever name.
        computed = [row[0] for row in (yield place.statement("computed", table=place.name(TABLE)))]
        check_complete(name for name in COMPUTED if computed and name not in computed)


def _damage(place: TableLocation) -> Plan[list[str]]:
    """The names of our indexes and triggers that are gone or do not work."""
    table = place.shape.indexed
    indexes = {row[0] for row in (yield Statement(_SETUP["indexes"], {"table": place.name(table)}))}
    damaged = [name for name in (f"{table}_{part}" for part in _INDEXES) if name not in indexes]
    if place.shape.is_found:
        named = {"table": place.name(TABLE), "function": place.name("thoughtsearch_follow")}
        triggers = {row[0] for row in (yield place.adopting("triggers", **named))}
        damaged += [name for name in TRIGGERS if name not in triggers]
    return damaged


def migrate(place: TableLocation, found: DatabaseState) -> Plan[None]:
    """Apply the missing migrations, all in this plan's transaction. All other objects have their present form by then."""
    yield place.statement("create_migrations")
    yield place.statement("create_state")
    adopted = place.shape.is_found and any(step.name == "thoughts" for step in found.missing)
    added: dict[str, str] = {}
    if adopted:
        tables = yield from _check_adoptable(place)
        types = dict(place.shape.types or {})
        added = {name: kind for name, kind in ADDABLE.items() if name not in types}
        place = replace(place, shape=Shape(place.shape.schema, types | added))
    for step in found.missing:
        script = place.shape.fill(step.script)
        # Another migration may have made the function at first.
        yield Statement(_CREATING.sub("CREATE OR REPLACE FUNCTION ", script) if found.former else script)
        yield place.statement("record_migration", version=step.version, name=step.name)
    if any(step.name == "thoughts" for step in found.missing):
        yield place.statement("set_state", key="analysis", value=str(VERSION))
    yield from secured(place.shape)
    if adopted:
        yield place.adopting("begin_backfill")
        # These come last, as they take locks that others wait for until this transaction ends. Each partition is locked
        # separately, and all those waits together must not be longer than one.
        if tables > 1:
            yield Statement(f"SET LOCAL lock_timeout = {max(1, _LONGEST_WAIT // tables)}")
        if added:
            columns = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in added.items())
            yield Statement(fill(place.shape.fill(_ADOPT["add_columns"]), added=columns))
        yield place.adopting("follow_rows")


def renew(place: TableLocation, found: DatabaseState) -> Plan[None]:
    """Give objects that an earlier version made their present form.

    Where these compute what is searched, the thoughts are marked as indexed by an older analysis.
    """
    steps = _made(place, found)
    if _MIGRATION in found.former:
        yield place.statement("forget_migrations")
        for step in steps:
            yield place.statement("record_migration", version=step.version, name=step.name)
    yield from renewal.renew(place.shape, steps, found.former)
    if renewal.computes(place.shape, steps, [name for name in found.former if name != _MIGRATION]):
        yield place.statement("create_state")
        yield place.statement("set_state", key="analysis", value="0")


def _made(place: TableLocation, found: DatabaseState) -> list[Migration]:
    """The applied migrations."""
    known = migrations("postgres", adopting=place.shape.is_found)
    return [step for step in known if step not in found.missing]


def _check_adoptable(place: TableLocation) -> Plan[int]:
    """The number of tables that hold the thoughts: several if the table is partitioned.

    Raises SchemaError if the table can't be adopted.
    """
    if (yield row_security(place.shape))[0][0]:
        raise SchemaError(
            f"{TABLE} has row security: a search beside it would show rows to those who may not read them. "
            "thoughtsearch can't adopt such a table."
        )
    indexed, tables = (yield place.adopting("id_index", table=place.name(TABLE)))[0]
    if not indexed:
        raise SchemaError(
            f"The column id of {TABLE} has no unique index, by which its thoughts are found again. Make one first: "
            f"CREATE UNIQUE INDEX CONCURRENTLY {TABLE}_id ON {TABLE} (id)."
        )
    return int(tables)


def mend(place: TableLocation, damaged: tuple[str, ...]) -> Plan[None]:
    """Make anew what is gone. If rows may have gone unnoticed, a backfill indexes all of them anew."""
    yield from make_indexes(place, damaged)
    if any(name in TRIGGERS for name in damaged):
        for name in TRIGGERS:
            yield Statement(f"DROP TRIGGER IF EXISTS {name} ON {place.name(TABLE)}")
        yield Statement(f"TRUNCATE {place.name(BESIDE)}")
        yield place.adopting("follow_rows")
        yield place.adopting("end_backfill")
        yield place.adopting("begin_backfill")


def make_indexes(place: TableLocation, damaged: Iterable[str], *, alone: bool = False) -> Plan[None]:
    """Make anew those of the names that are indexes. With `alone`, outside of a transaction, while others write."""
    way = "INDEX CONCURRENTLY" if alone else "INDEX"
    for index in [name for name in damaged if name not in TRIGGERS]:
        # An ended CREATE INDEX CONCURRENTLY may have left an invalid index.
        yield Statement(f"DROP {way} IF EXISTS {place.name(index)}")
        yield Statement(place.shape.fill(_creation(place, index)).replace("INDEX", way, 1))


def remake(place: TableLocation, gone: tuple[str, ...]) -> Plan[None]:
    """Make dropped tables anew. If the table beside a found one was dropped, a backfill indexes the thoughts anew."""
    if _MIGRATION in gone:
        yield place.statement("create_migrations")
        for step in migrations("postgres", adopting=place.shape.is_found):
            yield place.statement("record_migration", version=step.version, name=step.name)
    if _STATE in gone:
        yield place.statement("create_state")
        yield place.statement("set_state", key="analysis", value=str(VERSION))
    for name, creation in objects.tables(place.shape).items():
        if name in gone and name != place.shape.indexed:
            yield Statement(creation)
    if place.shape.indexed in gone:
        yield from _remake_index(place)
    elif _STATE in gone and place.shape.is_found:
        yield place.adopting("begin_backfill")  # a backfill may have been under way


def _remake_index(place: TableLocation) -> Plan[None]:
    steps = [step for step in migrations("postgres", adopting=place.shape.is_found) if step.name in _OF_INDEX]
    script = "\n".join(step.script for step in steps)
    first, last = objects.functions(place.shape, steps), objects.functions(place.shape)
    for function in first:
        yield Statement(f"DROP FUNCTION IF EXISTS {place.name(function)} CASCADE")  # with its triggers
    yield Statement(place.shape.fill(script))
    if changed := [name for name in first if first[name] != last.get(name)]:
        yield from renewal.renew(place.shape, None, changed)  # in the form of later migrations
    if place.shape.is_found:
        yield place.adopting("follow_rows")
        yield place.adopting("end_backfill")
        yield place.adopting("begin_backfill")


def _creation(place: TableLocation, index: str) -> str:
    """The statement that creates one of our indexes."""
    script = "".join(step.script for step in migrations("postgres", adopting=place.shape.is_found))
    found = re.search(rf"CREATE INDEX {index}\b[^;]*", script)
    assert found, index
    return found[0]


def set_up(check: Check = anything_goes, *, made: Collection[str] = ()) -> Plan[DatabaseState]:
    """Create or mend what is missing, and return the state before. The damaged objects in `made` are left to others."""
    place = yield from locate()
    found = yield from inspect(place)
    check(found)
    found = replace(found, damaged=tuple(name for name in found.damaged if name not in made))
    if found.former:
        yield from renew(place, found)
    if found.missing:
        yield from migrate(place, found)
    if found.gone:
        yield from remake(place, found.gone)
    if found.gone or not found.missing:
        yield from secured(place.shape)  # the roles that may read the thoughts can change
    if found.damaged:
        yield from mend(place, found.damaged)
    if not found.ready or found.unmarked:
        now = renewal.fingerprint(migrations("postgres", adopting=place.shape.is_found))
        yield place.statement("set_state", key="migrations", value=f'"{now}"')
    return found


def install(connection: PostgresConnection, check: Check = anything_goes) -> tuple[TableLocation, DatabaseState]:
    """Run `set_up` while nobody else does. Returns where the table is then, and the state before."""

    def step() -> Plan[tuple[TableLocation, DatabaseState]]:
        yield Statement(BRIEFLY)
        place = yield from locate()
        yield place.statement("lock", schema=place.shape.schema)
        # Under the lock: another process may have been quicker.
        found = yield from set_up(check)
        return (yield from locate()), found

    return patiently(lambda: connection.run(step(), write=True), connection.timeout)


def next_batch(place: TableLocation, size: int) -> Plan[int | None]:
    """Index the next rows of a backfill, about `size` characters. Returns how many rows; None when no more are left.

    Raises DatabaseError, and stores nothing, if indexing has changed any of the thoughts.
    """
    yield Statement(_AT_ONE_MOMENT)
    state = yield place.adopting("reached")
    if not state:
        return None
    after = state[0][0]
    last = (yield place.adopting("next_batch", after=after, size=size))[0][0]
    if last is None:
        yield place.adopting("end_backfill")
        return None
    # Both checksums see the same moment, so that another writer's change meanwhile is not taken for one of ours.
    count, before = (yield place.adopting("checksum", after=after, last=last))[0]
    yield place.adopting("index_batch", after=after, last=last)
    check_unchanged(last, before, (yield place.adopting("checksum", after=after, last=last))[0][1])
    yield place.statement("set_state", key="backfill", value=str(last))
    return int(count)


def patiently(run: Callable[[], T], timeout: float) -> T:
    """Try to `run` again, for `timeout` seconds, while others hold the locks. The others can go on in between."""
    until = time.monotonic() + timeout
    while True:
        try:
            return run()
        except DatabaseLocked:  # noqa: PERF203  # the loop is there to try again
            if time.monotonic() > until:
                raise
            time.sleep(random.uniform(0.2, 1.0))
