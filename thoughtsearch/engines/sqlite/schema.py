"""Making a SQLite database ready: the table where there is none, a found one adopted in place, its rows indexed.

Adopting creates an empty index and the triggers in a moment, so that every new row is searchable at once; the rows that
were there before are then indexed in batches with their own commits (`backfill`), which may stop and go on at any point.
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
# What can't be made anew from the thoughts: mending leaves it.
_KEPT = (
    TABLE,
    "thoughtsearch_imported",
    "thoughtsearch_import_file",
    "thoughtsearch_model",
    "ai_thought_embedding",
    "thoughtsearch_unembedded",
)
#: Begins the names of what was an index, and is to be cleared away.
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
    """Look, and change nothing. Raises SchemaError for a table that can't be adopted or a newer version's."""
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
        _check_shape(names[TABLE], columns, bool((yield Statement(_SETUP["key_index"]))), recorded=recorded)
    elif recorded:
        check_not_renamed(_elsewhere(objects))
    analysis = indexed_by(noted) if applied and "thoughtsearch_state" in names else VERSION
    leftovers = () if applied else tuple(_leftovers(objects))
    return DatabaseState(
        TABLE in names, missing, damaged, former, leftovers=leftovers, analysis=analysis, recorded=recorded
    )


def _is_whole(found: Row | None, sql: str) -> bool:
    """Whether the object is there and, where another program could have put its own in its place, is ours."""
    if found is None:
        return False
    compared = found[0] in ("trigger", "view") or sql.startswith("CREATE VIRTUAL")
    return not compared or " ".join(found[3].split()) == " ".join(sql.split())


def _is_other_index(found: Row | None, sql: str) -> bool:
    """Whether an index is there under the name of ours, and is another: of no use to our statements."""
    return found is not None and sql.startswith("CREATE INDEX") and found[3] != _as_kept(sql)


def _as_kept(sql: str) -> str:
    """A statement that creates an index, as SQLite keeps it."""
    return sql.replace("IF NOT EXISTS ", "")


def _leftovers(objects: list[Row]) -> Iterator[str]:
    """The names of what stands where ours will: an index of CloudBrain's and the triggers that keep it, or our own
    without their record."""
    own = _own_objects()
    for kind, name, table, sql in objects:
        keeps_index = kind == "trigger" and table == TABLE and INDEX in (sql or "")
        is_own = name in own and _is_made_anew(kind, name, sql) and (kind != "table" or sql == own[name])
        if keeps_index or name == INDEX or is_own:
            yield name


def _is_made_anew(kind: str, name: str, sql: str | None) -> bool:
    """Whether an object of ours is made anew: not what can't be, nor an index that is as we make it, which takes long."""
    return name not in _KEPT and (kind != "index" or sql != _as_kept(_own_objects()[name]))


def _elsewhere(objects: list[Row]) -> Iterator[str]:
    """The tables of others that have triggers or indexes of ours: SQLite lets these follow a table that is renamed."""
    own = _own_objects()
    for kind, name, table, _ in objects:
        if kind in ("trigger", "index") and name in own and table not in own:
            yield table


def _check_shape(table: Row, columns: list[Row], own_key_index: bool, *, recorded: bool) -> None:
    """`recorded`: the table has been ours, so that it had all columns."""
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
    """Apply what is missing, all in the transaction of this plan; damaged objects are dropped and made anew.

    On a large table `apart` has done before what takes long.
    """
    yield Statement(_SETUP["create_migrations"])
    steps = found.missing
    # What a small index holds is made anew at once, where it may be wrong.
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
    """Give what an earlier version of ours made the form that it has now; the index keeps what it holds.

    Where that is kept or read otherwise now, some of it may be wrong: then it is marked as of an older analysis.
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
    """Whether some of these say what the index holds, so that some of it may be wrong where they are of an earlier form."""
    return any(name == f"{TABLE}_text" or name.startswith(INDEX) for name in names)


def _drop_own() -> Plan[None]:
    """Everything of ours that is made anew."""
    objects = yield Statement(_SETUP["objects"])
    own = _own_objects()
    yield from _drop([name for kind, name, _, sql in objects if name in own and _is_made_anew(kind, name, sql)])
    yield Statement("DELETE FROM thoughtsearch_migration")


def _drop(names: Iterable[str]) -> Plan[None]:
    found = {row[1]: row for row in (yield Statement(_SETUP["objects"]))}
    order = ("trigger", "view", "index", "table")
    # The index last: the table of its terms reads it.
    for name in sorted(found.keys() & set(names), key=lambda name: (order.index(found[name][0]), name == INDEX, name)):
        kind, _, _, sql = found[name]
        if name == INDEX and sql.upper().startswith("CREATE VIRTUAL") and (yield from _is_large()):
            yield from _put_aside(found)
        else:
            yield Statement(f"DROP {kind.upper()} IF EXISTS {quoted(name)}")


def _put_aside(found: Mapping[str, Row]) -> Plan[None]:
    """Rename the index, as to drop a large one takes seconds; the backfill clears it away."""
    number = next(number for number in count(1) if f"{DISCARDED}_{number}" not in found)
    # Without this a view that reads the index would be made to read the discarded one.
    yield Statement("PRAGMA legacy_alter_table = ON")
    yield Statement(f"ALTER TABLE {INDEX} RENAME TO {DISCARDED}_{number}")
    yield Statement("PRAGMA legacy_alter_table = OFF")


def _is_large() -> Plan[bool]:
    names = {row[1] for row in (yield Statement(_SETUP["objects"]))}
    return TABLE in names and (yield from row_count()) > SMALL


def apart() -> Plan[list[Statement]]:
    """What of `migrate` would keep writers waiting for long on a large table, to be done before, one at a time."""
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
    """Reads the whole table, so that it is in memory when an index is made of it and writers wait for that."""
    return Statement(_SETUP["read_through"])


def _lacking_columns() -> Plan[list[Statement]]:
    present = {row[0].upper() for row in (yield Statement(_SETUP["columns"]))}
    return [
        Statement(f"ALTER TABLE {TABLE} ADD COLUMN {name.lower()} {declared}")
        for name, declared in _ADDABLE.items()
        if name not in present
    ]


def row_count() -> Plan[int]:
    """How many thoughts the table holds."""
    return int((yield Statement(_SETUP["count"]))[0][0])


def set_up(check: Check = anything_goes) -> Plan[DatabaseState]:
    """Create or mend everything but the index's contents; what was found before."""
    found = yield from inspect()
    check(found)
    if not found.ready:
        yield from migrate(found)
    return found


def indexes_of_the_table() -> dict[str, str]:
    """Our indexes on the table of thoughts itself, and the statements that create them."""
    beginning = f" ON {TABLE} ("
    return {name: sql for name, sql in _own_objects().items() if sql.startswith("CREATE INDEX") and beginning in sql}


def holds_nothing(name: str) -> bool:
    """Whether an object of ours can be made anew by itself: it holds nothing of the thoughts, and none goes by unseen."""
    if name not in _own_objects():
        return False
    words = _own_objects()[name].replace("VIRTUAL ", "").split(None, 5)
    return (
        words[1] == "INDEX"
        or (words[1] == "VIEW" and name != f"{TABLE}_text")
        or words[4].strip('"').startswith("fts5vocab")
    )


def make_anew(names: Iterable[str]) -> Plan[None]:
    """Drop these objects of ours, where they are there, and create them."""
    own = _own_objects()
    wanted = [name for name in own if name in names]
    yield from _drop(wanted)
    for name in wanted:
        yield Statement(own[name])


def reindex() -> Plan[None]:
    """Make the index anew, with what keeps it, and have a backfill fill it."""
    yield from migrate(DatabaseState(True, damaged=(INDEX,)))


def fill_gaps() -> Plan[None]:
    """Have a backfill index whatever is not indexed, from the first thought on."""
    yield Statement(_SETUP["set_state"], {"key": "backfill", "value": -math.inf})


def foreign_triggers() -> Plan[list[str]]:
    """The triggers of other programs that write into our index."""
    own = _own_objects()
    objects = yield Statement(_SETUP["objects"])
    return [
        name
        for kind, name, table, sql in objects
        if kind == "trigger" and table == TABLE and INDEX in (sql or "") and name not in own
    ]


def drop_foreign_triggers() -> Plan[list[str]]:
    """Remove them; their names. What they have written is still in the index."""
    names = yield from foreign_triggers()
    yield from _drop(names)
    return names


def split(script: str) -> Iterator[str]:
    """The statements of a script, without comments before them."""
    pending = ""
    for line in script.splitlines(keepends=True):
        if not pending and (not line.strip() or line.startswith("--")):
            continue
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip().rstrip(";")
            pending = ""


def _own_objects() -> dict[str, str]:
    """The names of all that the migrations create, and the statements that create them."""
    return _objects_of(migrations("sqlite"))


@cache
def _objects_of(steps: tuple[Migration, ...]) -> dict[str, str]:
    """The same of some migrations; of an object that several create, as the last one does."""
    found = {}
    for step in steps:
        for statement in split(step.script):
            words = statement.replace("IF NOT EXISTS ", "").replace("VIRTUAL ", "").split(None, 3)
            if words[0] == "CREATE":
                found[words[2]] = statement
    return found | {"thoughtsearch_state": _SETUP["create_state"]}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
