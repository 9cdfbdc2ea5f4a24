"""Making a SQLite database ready: the table where there is none, a found one adopted in place, its rows indexed.

Adopting creates an empty index and the triggers in a moment, so that every new row is searchable at once; the rows that
were there before are then indexed in batches with their own commits (`backfill`), which may stop and go on at any point.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from ..analysis import VERSION
from ..errors import SchemaError
from ..sql import migrations, statements
from .engine import SMALL, Found, indexed_by
from .statement import Plan, Row, Statement

if TYPE_CHECKING:
    from .sqlite_connection import SqliteConnection

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
BATCH = 2_000
_ADDABLE = {
    "SESSION_ID": "INTEGER",
    "CYCLE_NUMBER": "INTEGER",
    "THOUGHT_TYPE": "TEXT",
    "TAGS": "TEXT",
    "METADATA": "TEXT",
}
_NEEDED = ("ID", "AI_ID", "THOUGHT_CONTENT", "CREATED_AT")


def inspect() -> Plan[Found]:
    """Look, and change nothing. Raises SchemaError for a table that can't be adopted or a newer version's."""
    objects = yield Statement(_SETUP["objects"])
    names = {row[1]: row for row in objects}
    own = _own_objects()
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
    damaged: tuple[str, ...] = ()
    if applied and applied != [step.version for step in known[: len(applied)]]:
        damaged = ("thoughtsearch_migration",)
    elif not missing:
        damaged = tuple(name for name, sql in own.items() if not _is_whole(names.get(name), sql))
    if missing and TABLE in names:
        _check_shape(names[TABLE], (yield Statement(_SETUP["columns"])), bool((yield Statement(_SETUP["key_index"]))))
    analysis = VERSION
    if applied and "thoughtsearch_state" in names:
        analysis = indexed_by((yield Statement(_SETUP["state"], {"key": "analysis"})))
    leftovers = () if applied else tuple(_leftovers(objects))
    return Found(TABLE in names, missing, damaged, leftovers=leftovers, analysis=analysis)


def _is_whole(found: Row | None, sql: str) -> bool:
    """Whether the object is there and, where another program could have put its own in its place, is ours."""
    if found is None:
        return False
    compared = found[0] in ("trigger", "view") or sql.startswith("CREATE VIRTUAL")
    return not compared or " ".join(found[3].split()) == " ".join(sql.split())


def _leftovers(objects: list[Row]) -> Iterator[str]:
    """The names of what stands where ours will: an index of CloudBrain's and the triggers that keep it, or our own
    without their record."""
    own = _own_objects()
    for kind, name, table, sql in objects:
        keeps_index = kind == "trigger" and table == TABLE and INDEX in (sql or "")
        if keeps_index or name == INDEX or (name in own and name not in _KEPT and (kind != "table" or sql == own[name])):
            yield name


def _check_shape(table: Row, columns: list[Row], own_key_index: bool) -> None:
    kind = table[0]
    if kind != "table":
        raise SchemaError(f"{TABLE} is a {kind} here; thoughtsearch works on a table of that name.")
    present = {name.upper(): (declared, pk) for name, declared, pk in columns}
    lacking = [name.lower() for name in _NEEDED if name not in present]
    if lacking:
        raise SchemaError(
            f"The table {TABLE} has no column {', '.join(lacking)}; thoughtsearch can adopt one with at least "
            f"{', '.join(name.lower() for name in _NEEDED)}."
        )
    if own_key_index or present["ID"] != ("INTEGER", 1) or sum(pk > 0 for _, pk in present.values()) != 1:
        raise SchemaError(f"The column id of {TABLE} must be its INTEGER PRIMARY KEY; make a new table and copy the rows.")


def migrate(found: Found) -> Plan[None]:
    """Apply what is missing, all in the transaction of this plan; damaged objects are dropped and made anew."""
    yield Statement(_SETUP["create_migrations"])
    steps = found.missing
    if found.damaged:
        yield from _drop_own()
        steps = migrations("sqlite")
    yield from _drop(found.leftovers)
    yield Statement(_SETUP["create_state"])
    if found.has_table:
        yield from _add_columns()
    for step in steps:
        for statement in split(step.script):
            yield Statement(statement)
        yield Statement(_SETUP["record_migration"], {"version": step.version, "name": step.name})
    if any(step.name == "search" for step in steps):
        yield Statement(_SETUP["set_state"], {"key": "analysis", "value": VERSION})
    (count,) = (yield Statement(_SETUP["count"]))[0]
    if count and any(step.name == "search" for step in steps):
        # Where the backfill begins: after this id.
        yield Statement(_SETUP["set_state"], {"key": "backfill", "value": -math.inf})


def _drop_own() -> Plan[None]:
    """Everything of ours but the thoughts and what was imported."""
    yield from _drop(name for name in _own_objects() if name not in _KEPT)
    yield Statement("DELETE FROM thoughtsearch_migration")


def _drop(names: Iterable[str]) -> Plan[None]:
    kinds = {row[1]: row[0] for row in (yield Statement(_SETUP["objects"]))}
    order = ("trigger", "view", "index", "table")
    present = [name for name in names if name in kinds]
    # The index last: the table of its terms reads it.
    for name in sorted(present, key=lambda name: (order.index(kinds[name]), name == INDEX)):
        yield Statement(f"DROP {kinds[name].upper()} IF EXISTS {_quoted(name)}")


def _add_columns() -> Plan[None]:
    present = {row[0].upper() for row in (yield Statement(_SETUP["columns"]))}
    for name, declared in _ADDABLE.items():
        if name not in present:
            yield Statement(f"ALTER TABLE {TABLE} ADD COLUMN {name.lower()} {declared}")


def next_batch(limit: int = BATCH) -> Plan[int | None]:
    """Index the next rows of a backfill; how many were looked at, None when there are no more."""
    state = yield Statement(_SETUP["state"], {"key": "backfill"})
    if not state:
        return None
    after = state[0][0]
    last, count = (yield Statement(_SETUP["next_batch"], {"after": after, "limit": limit}))[0]
    if not count:
        yield Statement("DELETE FROM thoughtsearch_state WHERE key = 'backfill'")
        return None
    yield Statement(_SETUP["index_batch"], {"after": after, "last": last})
    yield Statement(_SETUP["index_tags_batch"], {"after": after, "last": last})
    yield Statement(_SETUP["set_state"], {"key": "backfill", "value": last})
    return int(count)


def row_count() -> Plan[int]:
    """How many thoughts the table holds."""
    return int((yield Statement(_SETUP["count"]))[0][0])


def prepare(connection: SqliteConnection) -> Found:
    """Make the database ready if it is not; a small found table is indexed at once. What is there then."""
    found = connection.run(inspect())
    if found.ready:
        return found
    if connection.read_only:
        raise SchemaError(
            f"{connection.path} has no search index that this version can use, and was opened for reading only; "
            "run thoughtsearch init on it once, or open it for writing."
        )
    rows = connection.run(row_count()) if found.has_table else 0
    if found.damaged and rows > SMALL:
        raise SchemaError(
            f"Parts of the search index are gone ({', '.join(found.damaged[:3])}); run thoughtsearch init to mend it."
        )
    install(connection)
    if rows <= SMALL:
        while connection.run(next_batch(), write=True) is not None:
            pass
    return connection.run(inspect())


def install(connection: SqliteConnection) -> Found:
    """Create or mend everything but the index's contents; what was found before."""
    connection.use_wal()

    def step() -> Plan[Found]:
        # Looked at again inside the write transaction: another process may have been quicker.
        found = yield from inspect()
        if not found.ready:
            yield from migrate(found)
        return found

    return connection.run(step(), write=True)


def holds_nothing(name: str) -> bool:
    """Whether an object of ours can be made anew by itself: it holds nothing of the thoughts, and none goes by unseen."""
    if name not in _own_objects():
        return False
    words = _own_objects()[name].replace("VIRTUAL ", "").split(None, 5)
    return words[1] == "INDEX" or (words[1] == "VIEW" and name != f"{TABLE}_text") or words[4].startswith("fts5vocab")


def make_anew(names: Iterable[str]) -> Plan[None]:
    """Drop these objects of ours, where they are there, and create them."""
    own = _own_objects()
    wanted = [name for name in own if name in names]
    yield from _drop(wanted)
    for name in wanted:
        yield Statement(own[name])


def reindex() -> Plan[None]:
    """Make the index anew, with what keeps it, and have a backfill fill it."""
    yield from migrate(Found(True, damaged=(INDEX,)))


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


@cache
def _own_objects() -> dict[str, str]:
    """The names of all that the migrations create, and the statements that create them."""
    found = {}
    for step in migrations("sqlite"):
        for statement in split(step.script):
            words = statement.replace("IF NOT EXISTS ", "").replace("VIRTUAL ", "").split(None, 3)
            if words[0] == "CREATE":
                found[words[2]] = statement
    return found | {"thoughtsearch_state": _SETUP["create_state"]}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
