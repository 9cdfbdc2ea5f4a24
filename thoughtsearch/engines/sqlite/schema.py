"""Make a SQLite database ready: create the table where there is none, or adopt a found one in place and index its rows.

Adopting creates an empty index and the triggers in a moment, so that every new row is searchable at once. A `backfill` then
indexes the rows that were there before, in batches that commit one by one. It may stop and go on at any point.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import count

from ...errors import SchemaError
from ...sql import Migration, migrations, statements
from ...text import VERSION
from ..contract.engine import SMALL, DatabaseState, indexed_by
from ..contract.ownership import Check, anything_goes, check_complete, check_not_renamed
from ..contract.statement import Plan, Row, Statement
from .forms import is_former

_SETUP = statements("sqlite", "setup")
TABLE = "ai_thought_history"
INDEX = "ai_thought_history_fts"
# The tables that can't be made anew from the thoughts. Mending leaves them as they are.
_KEPT = (
    TABLE,
    "thoughtsearch_imported",
    "thoughtsearch_import_file",
    "thoughtsearch_model",
    "ai_thought_embedding",
    "thoughtsearch_unembedded",
)
#: The names of former indexes that a backfill has to delete begin with this.
DISCARDED = "thoughtsearch_discarded"
_ADDABLE = {
    "SESSION_ID": "INTEGER",
    "CYCLE_NUMBER": "INTEGER",
    "THOUGHT_TYPE": "TEXT",
    "TAGS": "TEXT",
    "METADATA": "TEXT",
}
_NEEDED = ("ID", "AI_ID", "THOUGHT_CONTENT", "CREATED_AT")


def inspect() -> Plan[DatabaseState]:
    """Inspect the database and change nothing.

    Raises SchemaError if the table can't be adopted, or if a newer thoughtsearch made the database.
    """
    objects = yield Statement(_SETUP["objects"])
    names = {row[1]: row for row in objects}
    applied: list[int] = []
    if "thoughtsearch_migration" in names:
        applied = [row[0] for row in (yield Statement(_SETUP["migrations"]))]
    known = migrations("sqlite")
    if applied and max(applied) > known[-1].version:
        raise SchemaError(
            f"This database was made by a newer thoughtsearch (schema {max(applied)}, this one knows "
            f"{known[-1].version}); upgrade thoughtsearch."
        )
    missing = tuple(step for step in known if step.version not in applied)
    made = known[: len(applied)]
    damaged: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    if applied and applied != [step.version for step in made]:
        damaged = ("thoughtsearch_migration",)
    elif applied:
        other = tuple(name for name, sql in _objects_of(made).items() if not _is_whole(names.get(name), sql))
        indexes = tuple(name for name, sql in _objects_of(made).items() if _is_other_index(names.get(name), sql))
        former, damaged = (other + indexes, ()) if other and is_former(names) else (indexes, other)
    noted = (yield Statement(_SETUP["state"], {"key": "analysis"})) if "thoughtsearch_state" in names else []
    recorded = bool(applied or noted)  # the record of migrations may be lost
    if TABLE in names:
        columns = yield Statement(_SETUP["columns"])
        # A table that has been ours had the right key.
        own_key_index = not recorded and bool((yield Statement(_SETUP["key_index"])))
        _check_shape(names[TABLE], columns, own_key_index, recorded=recorded)
    elif recorded:
        check_not_renamed(_elsewhere(objects))
    analysis = indexed_by(noted) if applied and "thoughtsearch_state" in names else VERSION
    leftovers = () if applied else tuple(_leftovers(objects))
    return DatabaseState(
        TABLE in names, missing, damaged, former, leftovers=leftovers, analysis=analysis, recorded=recorded
    )


def _is_whole(found: Row | None, sql: str) -> bool:
    """Whether the object is there and, if it is of a kind that another program may replace, is thoughtsearch's own."""
    if found is None:
        return False
    compared = found[0] in ("trigger", "view") or sql.startswith("CREATE VIRTUAL")
    return not compared or " ".join(found[3].split()) == " ".join(sql.split())


def _is_other_index(found: Row | None, sql: str) -> bool:
    """Whether another index bears the name of one of thoughtsearch's. Its statements can't use such an index."""
    return found is not None and sql.startswith("CREATE INDEX") and found[3] != _as_kept(sql)


def _as_kept(sql: str) -> str:
    """A statement that creates an index, in the form that SQLite keeps."""
    return sql.replace("IF NOT EXISTS ", "")


def _leftovers(objects: list[Row]) -> Iterator[str]:
    """The names of objects that stand in the way.

    They are CloudBrain's index and the triggers that keep it, or thoughtsearch's own objects without their record.
    """
    own = _own_objects()
    for kind, name, table, sql in objects:
        keeps_index = kind == "trigger" and table == TABLE and INDEX in (sql or "")
        is_own = name in own and _is_made_anew(kind, name, sql) and (kind != "table" or sql == own[name])
        if keeps_index or name == INDEX or is_own:
            yield name


def _is_made_anew(kind: str, name: str, sql: str | None) -> bool:
    """Whether mending makes an object of thoughtsearch anew.

    It doesn't if the object can't be made anew. It spares an unchanged index too, since that takes long.
    """
    return name not in _KEPT and (kind != "index" or sql != _as_kept(_own_objects()[name]))


def _elsewhere(objects: list[Row]) -> Iterator[str]:
    """Other tables that have triggers or indexes of thoughtsearch. In SQLite these follow a table that is renamed."""
    own = _own_objects()
    for kind, name, table, _ in objects:
        if kind in ("trigger", "index") and name in own and table not in own:
            yield table


def _check_shape(table: Row, columns: list[Row], own_key_index: bool, *, recorded: bool) -> None:
    """`recorded`: thoughtsearch made or adopted the table, so it had all columns then."""
    kind = table[0]
    if kind != "table":
        raise SchemaError(f"{TABLE} is a {kind} here; thoughtsearch works on a table of that name.")
    present = {name.upper(): (declared, pk) for name, declared, pk in columns}
    if recorded:
        check_complete(name.lower() for name in (*_NEEDED, *_ADDABLE) if name not in present)
    lacking = [name.lower() for name in _NEEDED if name not in present]
    if lacking:
        raise SchemaError(
            f"The table {TABLE} has no column {', '.join(lacking)}; thoughtsearch can adopt one with at least "
            f"{', '.join(name.lower() for name in _NEEDED)}."
        )
    if own_key_index or present["ID"] != ("INTEGER", 1) or sum(pk > 0 for _, pk in present.values()) != 1:
        raise SchemaError(f"The column id of {TABLE} must be its INTEGER PRIMARY KEY; make a new table and copy the rows.")


def migrate(found: DatabaseState) -> Plan[None]:
    """Apply the missing migrations, all in this plan's transaction. Damaged objects are dropped and made anew.

    On a large table, what takes long was done before: see `apart`.
    """
    yield Statement(_SETUP["create_migrations"])
    steps = found.missing
    # A small index that may be wrong is made anew at once.
    anew = found.damaged or (_keeps_the_index(found.former) and not (yield from _is_large()))
    if anew:
        yield from _drop_own()
        steps = migrations("sqlite")
    yield from _drop(found.leftovers)
    yield Statement(_SETUP["create_state"])
    if found.has_table:
        columns = yield from _lacking_columns()
        for column in columns:  # noqa: UP028  # a list can't be sent rows
            yield column
    if found.former and not anew:
        yield from _renew(found)
    for step in steps:
        for statement in split(step.script):
            yield Statement(statement)
        yield Statement(_SETUP["record_migration"], {"version": step.version, "name": step.name})
    if any(step.name == "search" for step in steps):
        yield Statement(_SETUP["set_state"], {"key": "analysis", "value": VERSION})
    if found.has_table and (yield from row_count()) and any(step.name == "search" for step in steps):
        yield from fill_gaps()


def _renew(found: DatabaseState) -> Plan[None]:
    """Give objects that an earlier thoughtsearch made their present form. The index keeps its contents.

    Some of the contents may be wrong if they are kept or read in another way now. They are then marked as made by an older
    analysis.
    """
    missing = [step.version for step in found.missing]
    own = _objects_of(tuple(step for step in migrations("sqlite") if step.version not in missing))
    yield from _drop(found.former)
    for name, sql in own.items():
        if name in found.former:
            yield Statement(sql)
    if _keeps_the_index(found.former):
        yield Statement(_SETUP["set_state"], {"key": "analysis", "value": 0})


def _keeps_the_index(names: Iterable[str]) -> bool:
    """Whether some of these objects decide what the index holds. If they have an earlier form, some of it may be wrong."""
    return any(name == f"{TABLE}_text" or name.startswith(INDEX) for name in names)


def _drop_own() -> Plan[None]:
    """Drop all objects of thoughtsearch that are made anew."""
    objects = yield Statement(_SETUP["objects"])
    own = _own_objects()
    yield from _drop([name for kind, name, _, sql in objects if name in own and _is_made_anew(kind, name, sql)])
    yield Statement("DELETE FROM thoughtsearch_migration")


def _drop(names: Iterable[str]) -> Plan[None]:
    found = {row[1]: row for row in (yield Statement(_SETUP["objects"]))}
    order = ("trigger", "view", "index", "table")
    # The index goes last: the table of its terms reads it.
    for name in sorted(found.keys() & set(names), key=lambda name: (order.index(found[name][0]), name == INDEX, name)):
        kind, _, _, sql = found[name]
        if name == INDEX and sql.upper().startswith("CREATE VIRTUAL") and (yield from _is_large()):
            yield from _put_aside(found)
        else:
            yield Statement(f"DROP {kind.upper()} IF EXISTS {quoted(name)}")


def _put_aside(found: Mapping[str, Row]) -> Plan[None]:
    """Rename the index, since to drop a large one takes seconds. The backfill deletes it."""
    number = next(number for number in count(1) if f"{DISCARDED}_{number}" not in found)
    # Without this, SQLite would make a view that reads the index read the discarded one.
    yield Statement("PRAGMA legacy_alter_table = ON")
    yield Statement(f"ALTER TABLE {INDEX} RENAME TO {DISCARDED}_{number}")
    yield Statement("PRAGMA legacy_alter_table = OFF")


def _is_large() -> Plan[bool]:
    names = {row[1] for row in (yield Statement(_SETUP["objects"]))}
    return TABLE in names and (yield from row_count()) > SMALL


def apart() -> Plan[list[Statement]]:
    """The statements of `migrate` that would make writers wait for long on a large table. Run them first, one by one."""
    found = yield from inspect()
    if found.ready or not found.has_table or not (yield from _is_large()):
        return []
    names = {row[1]: row for row in (yield Statement(_SETUP["objects"]))}
    statements = yield from _lacking_columns()
    for name, sql in indexes_of_the_table().items():
        if name in found.former and name in names:
            statements.append(Statement(f"DROP INDEX IF EXISTS {name}"))
        if name in found.former or name not in names:
            statements.append(Statement(sql))
    return statements


def read_through() -> Statement:
    """Read the whole table, so that it is in memory later when an index is made and writers wait for that."""
    return Statement(_SETUP["read_through"])


def _lacking_columns() -> Plan[list[Statement]]:
    present = {row[0].upper() for row in (yield Statement(_SETUP["columns"]))}
    return [
        Statement(f"ALTER TABLE {TABLE} ADD COLUMN {name.lower()} {declared}")
        for name, declared in _ADDABLE.items()
        if name not in present
    ]


def row_count() -> Plan[int]:
    """The number of thoughts in the table."""
    return int((yield Statement(_SETUP["count"]))[0][0])


def set_up(check: Check = anything_goes) -> Plan[DatabaseState]:
    """Create or mend everything but the contents of the index, and return the state before."""
    found = yield from inspect()
    check(found)
    if not found.ready:
        yield from migrate(found)
    return found


def indexes_of_the_table() -> dict[str, str]:
    """Thoughtsearch's indexes on the table of thoughts itself, and the statements that create them."""
    beginning = f" ON {TABLE} ("
    return {name: sql for name, sql in _own_objects().items() if sql.startswith("CREATE INDEX") and beginning in sql}


def holds_nothing(name: str) -> bool:
    """Whether an object of thoughtsearch can be made anew by itself.

    It can if it holds nothing of the thoughts, and if no thought goes unnoticed while it is missing.
    """
    if name not in _own_objects():
        return False
    words = _own_objects()[name].replace("VIRTUAL ", "").split(None, 5)
    return (
        words[1] == "INDEX"
        or (words[1] == "VIEW" and name != f"{TABLE}_text")
        or words[4].strip('"').startswith("fts5vocab")
    )


def make_anew(names: Iterable[str]) -> Plan[None]:
    """Drop those of these objects that exist, and create all of them."""
    own = _own_objects()
    wanted = [name for name in own if name in names]
    yield from _drop(wanted)
    for name in wanted:
        yield Statement(own[name])


def reindex() -> Plan[None]:
    """Make the index anew, with the triggers that keep it, and have a backfill fill it."""
    yield from migrate(DatabaseState(True, damaged=(INDEX,)))


def fill_gaps() -> Plan[None]:
    """Have a backfill index every thought that is not indexed, from the first one on."""
    yield Statement(_SETUP["set_state"], {"key": "backfill", "value": -math.inf})


def foreign_triggers() -> Plan[list[str]]:
    """The triggers of other programs that write into the index."""
    own = _own_objects()
    objects = yield Statement(_SETUP["objects"])
    return [
        name
        for kind, name, table, sql in objects
        if kind == "trigger" and table == TABLE and INDEX in (sql or "") and name not in own
    ]


def drop_foreign_triggers() -> Plan[list[str]]:
    """Remove these triggers, and return their names. What they have written is still in the index."""
    names = yield from foreign_triggers()
    yield from _drop(names)
    return names


def split(script: str) -> Iterator[str]:
    """The statements of a script, without the comments before them."""
    pending = ""
    for line in script.splitlines(keepends=True):
        if not pending and (not line.strip() or line.startswith("--")):
            continue
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip().rstrip(";")
            pending = ""


def _own_objects() -> dict[str, str]:
    """The names of all objects that the migrations create, and the statements that create them."""
    return _objects_of(migrations("sqlite"))


@cache
def _objects_of(steps: tuple[Migration, ...]) -> dict[str, str]:
    """`_own_objects` for some migrations. If several create an object, the last one counts."""
    found = {}
    for step in steps:
        for statement in split(step.script):
            words = statement.replace("IF NOT EXISTS ", "").replace("VIRTUAL ", "").split(None, 3)
            if words[0] == "CREATE":
                found[words[2]] = statement
    return found | {"thoughtsearch_state": _SETUP["create_state"]}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
