"""Compare the index of a SQLite database with the thoughts.

FTS5 compares an index with its texts only under a writer's lock, for seconds on a large one, so a copy is compared. For a
large table without `full`, the check compares counts, which tell nearly all damage, and some thoughts from all over it.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from ....errors import DatabaseError, DatabaseUnavailable
from ....sql import fill, statements
from ...contract.checkup import EVERY, MENDED, Finding, beyond, listed, many, ok, wrong
from ...contract.statement import Plan, Row, Statement
from .. import schema
from ..connection import SqliteConnection
from ..dialect import SqliteDialect
from ..statistics import varints

_SQL = statements("sqlite", "checkup")
_DIALECT = SqliteDialect()
#: Tables with at most this many thoughts are always compared in full. That takes a second or two.
THOROUGH = 20_000
#: Of a larger table, `_SAMPLE` thoughts from `_PLACES` ranges of ids are compared. `_SEARCHED` of them are searched for.
_SAMPLE, _PLACES, _SEARCHED = 1_000, 50, 100
_PART, _TAGGED = 10_000, 1_000
ANEW = f"{MENDED} makes the index anew, in batches beside other writers"


class Rows(NamedTuple):
    """How many thoughts there are, how many of them are not indexed, and whether a backfill is due."""

    total: int
    pending: int = 0
    due: bool = False

    def thorough(self, full: bool) -> bool:
        """Whether to look at every thought."""
        return full or self.total <= THOROUGH


def rows_of(connection: SqliteConnection) -> Rows:
    """The thoughts of a database in any state."""
    try:
        return Rows(connection.run(schema.row_count()))
    except DatabaseError:
        return Rows(0)  # the part that looks at the table says what is wrong with it


def _counted(connection: SqliteConnection) -> Rows:
    def plan() -> Plan[Rows]:
        count = yield from schema.row_count()
        pending = yield from _DIALECT.unindexed()
        return Rows(count, pending, (yield from _DIALECT.is_backfill_due()))

    return connection.run(plan())


def rebuilt(connection: SqliteConnection) -> str:
    """Make the index anew, with the triggers that keep it. A backfill has to fill it."""
    connection.run(schema.reindex(), write=True)
    return "made the index anew"


class Thoughts:
    """Whether every thought is indexed."""

    name, needed = "thoughts", False

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self.looks = (self._unindexed, self._truncated)
        self.repairs = {"backfill": self._begin}

    def _unindexed(self) -> Iterator[Finding]:
        rows = _counted(self._connection)
        if not rows.pending:
            yield ok(f"{many(rows.total, 'thought')}, all of them indexed")
            return
        reason = "a backfill has not come to its end" if rows.due else "they were stored past the triggers"
        message = f"{many(rows.pending, 'thought is', 'thoughts are')} not indexed: {reason}"
        remedy = f"{MENDED} indexes them" + (", and so does thoughtsearch backfill" if rows.due else "")
        yield wrong(message, remedy, "backfill")

    def _truncated(self) -> Iterator[Finding]:
        if truncated := self._connection.run(_DIALECT.truncated()):
            yield beyond(truncated)

    def _begin(self) -> None:
        if not _counted(self._connection).due:
            self._connection.run(schema.fill_gaps(), write=True)


class Index:
    """Whether the index holds the words of the thoughts, and no others."""

    name, needed = "index", False

    def __init__(self, connection: SqliteConnection, *, full: bool) -> None:
        self._connection, self._full = connection, full
        self.looks = (self._compared,)
        self.repairs = {"rebuild": self._rebuilt}

    def _compared(self) -> Iterator[Finding]:
        rows = _counted(self._connection)
        # FTS5's own comparison would report thoughts that are not indexed yet as damage.
        thorough = rows.thorough(self._full) and not rows.pending
        if miscount := self._connection.run(_miscounted()):
            yield wrong(miscount, ANEW, "rebuild")
        elif thorough and self._differs_as_a_whole():
            message = "it has other words than the thoughts: some were changed past the triggers"
            yield wrong(message, ANEW, "rebuild")
        elif thorough:
            yield ok("holds the words of every thought, and no others")
        else:
            yield self._sampled(rows)

    def _sampled(self, rows: Rows) -> Finding:
        looked, differing = self._connection.run(_differing())
        if differing:
            message = (
                f"{len(differing):,} of {many(looked, 'thought')} looked at have other words in it: {listed(differing)}"
            )
            return wrong(message, ANEW, "rebuild")
        return ok(f"its counts are right, and so are {looked:,} thoughts of {rows.total:,}; {EVERY}")

    def _differs_as_a_whole(self) -> bool:
        with closing(self._connection.copied()) as copy:
            try:
                copy.run(_one("whole"), write=True)
            except DatabaseUnavailable as error:
                if "malformed" not in str(error):
                    raise
                return True
        return False

    def _rebuilt(self) -> str:
        return rebuilt(self._connection)


def _miscounted() -> Plan[str | None]:
    """Which counts of the index contradict each other. They show a stale posting, or a row deleted with the wrong words."""
    recorded = yield from _DIALECT.corpus(())
    rows, orphans = (yield Statement(_SQL["counted"]))[0]
    if orphans:
        return f"it has {many(orphans, 'row')} of thoughts that are gone"
    lengths, after = 0, -math.inf
    while part := (yield Statement(_SQL["lengths"], {"after": after, "limit": _PART})):
        lengths += sum(sum(varints(size)) for _, size in part)
        after = part[-1][0]
    if (recorded.documents, recorded.tokens) != (rows, lengths):
        counts = f"{recorded.documents:,} rows and {recorded.tokens:,} words in all"
        return f"it counts {counts}, and has {rows:,} and {lengths:,}"
    (postings,) = (yield Statement(_SQL["postings"]))[0]
    if postings != lengths:
        return f"it finds thoughts by {postings:,} words, and they have {lengths:,}"
    return None


def _differing() -> Plan[tuple[int, list[int]]]:
    """How many thoughts were indexed once more, and the ids of those that the index holds differently."""
    ids = yield from _some_ids()
    yield Statement(_SQL["make_probe"])
    yield Statement(_SQL["fill_probe"], {"ids": json.dumps(ids)})
    differing = {row[0] for row in (yield Statement(_SQL["other_lengths"]))}
    for ident, text in (yield Statement(_SQL["beginnings"], {"limit": _SEARCHED})):
        # The last word may be cut off.
        phrase = str(text or "").replace("\0", " ").rpartition(" ")[0].replace('"', '""')
        match = {"match": f'thought_content : "{phrase}"', "id": ident}
        here, there = (yield Statement(_SQL["found_in_both"], match))[0]
        if here != there:
            differing.add(ident)
    yield Statement(_SQL["drop_probe"])
    return len(ids), sorted(differing)


def _some_ids() -> Plan[list[int]]:
    """The ids of some indexed thoughts from all over the table."""
    least, most = (yield Statement(_SQL["extent"]))[0]
    ids: set[int] = set()
    for _ in range(_PLACES if least is not None else 0):
        start = {"start": random.randint(least, most), "limit": _SAMPLE // _PLACES}
        ids |= {row[0] for row in (yield Statement(_SQL["next_ids"], start))}
    return sorted(ids)


class Tags:
    """Whether the table of single tags holds the tags of the thoughts, and no others."""

    name, needed = "tags", False

    def __init__(self, connection: SqliteConnection, *, full: bool) -> None:
        self._connection, self._full = connection, full
        self.looks = (self._compared,)
        self.repairs = {"tags": self._mended}

    def _compared(self) -> Iterator[Finding]:
        rows = _counted(self._connection)
        lacking, excess, looked = self._connection.run(_wrong_tags(rows.thorough(self._full)))
        if rows.due:
            lacking = 0  # a backfill has yet to add them
        if lacking or excess:
            message = (
                f"{many(lacking, 'tag')} of thoughts can't be found, and {many(excess, 'tag is', 'tags are')} no thought's"
            )
            yield wrong(message, f"{MENDED} puts them right", "tags")
        else:
            yield ok("as the thoughts have them" + (f", in {looked:,} looked at; {EVERY}" if looked else ""))

    def _mended(self) -> str | None:
        # To find them takes seconds, in which nobody waits. A backfill adds the tags that it has not reached yet.
        wanted = ("having_others",) if _counted(self._connection).due else ("having_others", "lacking_tags")
        ids = sorted({ident for name in wanted for (ident,) in self._connection.run(_one(name))})
        for first in range(0, len(ids), _TAGGED):
            part = [{"id": ident} for ident in ids[first : first + _TAGGED]]
            self._connection.run(_tagged(part), write=True)
        return f"put the tags of {many(len(ids), 'thought')} right" if ids else None


def _one(name: str) -> Plan[list[Row]]:
    return (yield Statement(_SQL[name]))


def _tagged(ids: list[dict[str, int]]) -> Plan[None]:
    yield Statement(_SQL["forget_tags"], ids, many=True)
    yield Statement(_SQL["tag_again"], ids, many=True)


def _wrong_tags(thorough: bool) -> Plan[tuple[int, int, int | None]]:
    """How many tags are missing, how many are too many, and how many thoughts were compared (None for all)."""
    sampled, looked = "", None
    if not thorough:
        ids = yield from _some_ids()
        sampled, looked = f"AND thought_id IN ({', '.join(map(str, ids))})", len(ids)
    (lacking,) = (yield Statement(fill(_SQL["tags_lacking"], sampled=sampled)))[0]
    (excess,) = (yield Statement(fill(_SQL["tags_stale"], sampled=sampled)))[0]
    if sampled and not excess:
        (excess,) = (yield Statement(_SQL["tags_orphaned"]))[0]
    return lacking, excess, looked
