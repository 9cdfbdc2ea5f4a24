"""Adopt a SQLite database while others write to it, and index in batches the thoughts that it holds."""

from __future__ import annotations

import time

from ...sql import fill, migrations, statements
from ..contract.engine import BATCH, DatabaseState, IndexingSample, Rhythm, check_unchanged
from ..contract.ownership import Check, anything_goes
from ..contract.statement import Plan, Row, Statement
from . import schema
from .connection import SqliteConnection
from .schema import DISCARDED, quoted

_SETUP = statements("sqlite", "setup")
_SAMPLED = ("thought_content", "thought_type", "tags", "created_at")
# A row costs this many times as much in a large index in a file as in a small one in memory. Measured with 1,000,000
# thoughts.
_TIME_FACTOR = 2.0


#: A waiting writer tries again every 25 ms at first, every 50 ms after 130 ms, and every 100 ms after 230 ms. A rest in
#: which it tries once lets it in.
RHYTHM = Rhythm(work=0.1, rest=0.03, longest_rest=0.11)


def install(connection: SqliteConnection, check: Check = anything_goes) -> DatabaseState:
    """Create or mend everything but the contents of the index, and return the state before. Raises what `check` raises."""
    apart = connection.run(schema.apart())  # raises before anything is changed if the database can't be made ready
    connection.use_wal()
    if apart:
        connection.run(_alone(schema.read_through()))
    for statement in apart:
        connection.run(_alone(statement), write=True)
        time.sleep(RHYTHM.longest_rest)
    # It inspects the database again inside the write transaction: another process may have been quicker.
    return connection.run(schema.set_up(check), write=True)


def _alone(statement: Statement) -> Plan[None]:
    yield statement


def next_batch(size: int = BATCH) -> Plan[int | None]:
    """Index the next rows of a backfill, about `size` characters. Returns how many rows; None when no more are left.

    Raises DatabaseError, and stores nothing, if indexing has changed any of the thoughts.
    """
    if (yield from _clear_away(size)):
        return 0
    state = yield Statement(_SETUP["state"], {"key": "backfill"})
    if not state:
        return None
    after = state[0][0]
    last = (yield Statement(_SETUP["next_batch"], {"after": after, "size": size}))[0][0]
    if last is None:
        yield Statement("DELETE FROM thoughtsearch_state WHERE key = 'backfill'")
        return None
    batch = {"after": after, "last": last}
    checksum = Statement(fill(_SETUP["checksum"], columns=_whole((yield Statement(_SETUP["columns"])))), batch)
    number, before = (yield checksum)[0]
    yield Statement(_SETUP["index_batch"], batch)
    yield Statement(_SETUP["index_tags_batch"], batch)
    check_unchanged(last, before, (yield checksum)[0][1])
    yield Statement(_SETUP["set_state"], {"key": "backfill", "value": last})
    return int(number)


def _clear_away(size: int) -> Plan[bool]:
    """Delete a part of an index that was put aside. Returns whether there was one."""
    objects = yield Statement(_SETUP["objects"])
    discarded = [name for _, name, _, sql in objects if name.startswith(f"{DISCARDED}_") and "VIRTUAL" in (sql or "")[:15]]
    for name in discarded:
        for kind, part, _, sql in objects:
            # FTS5 needs the first rows and the settings of an index to drop it.
            if kind == "table" and part.startswith(f"{name}_") and "WITHOUT ROWID" not in sql:
                rows = f"SELECT rowid FROM {quoted(part)} WHERE rowid > 10 LIMIT {max(100, size // 1_000)}"
                if (yield Statement(rows)):
                    yield Statement(f"DELETE FROM {quoted(part)} WHERE rowid IN ({rows})")
                    return True
        yield Statement(f"DROP TABLE {name}")
    return bool(discarded)


def _whole(columns: list[Row]) -> str:
    """SQL that puts all columns of a row into one value, byte for byte."""
    values = [f"CAST({quoted(row[0])} AS BLOB)" for row in columns]
    kinds = [f"typeof({quoted(row[0])})" for row in columns]
    return "".join(
        f" || {kind} || coalesce(length({value}), '') || ':' || coalesce({value}, '')"
        for kind, value in zip(kinds, values, strict=True)
    )


def spread(rows: int) -> Plan[list[Row]]:
    """A number of thoughts from all over the table, for `measured`."""
    return (yield Statement(_SETUP["spread"], {"rows": rows}))


def measured(rows: list[Row]) -> IndexingSample:
    """Measure what indexing these rows of `spread` costs, in a database in memory."""
    memory = SqliteConnection(":memory:")
    try:
        return memory.run(_measure(rows), write=True)
    finally:
        memory.close()


def _measure(rows: list[Row]) -> Plan[IndexingSample]:
    # Processor time leaves out what else the machine does, and nothing here waits for a disk.
    yield Statement(next(schema.split(migrations("sqlite")[0].script)))
    yield Statement(_SETUP["keep_sample"], [dict(zip(_SAMPLED, row, strict=True)) for row in rows], many=True)
    longest = 0.0
    for sql in schema.indexes_of_the_table().values():
        began = time.process_time()
        yield Statement(sql)
        longest = max(longest, time.process_time() - began)
    before = (yield Statement(_SETUP["size"]))[0][0]
    yield from schema.set_up()
    began = time.process_time()
    while (yield from next_batch(BATCH)) is not None:
        pass
    seconds = time.process_time() - began
    size = (yield Statement(_SETUP["size"]))[0][0] - before
    return IndexingSample(len(rows), seconds * _TIME_FACTOR, size, longest * _TIME_FACTOR)
