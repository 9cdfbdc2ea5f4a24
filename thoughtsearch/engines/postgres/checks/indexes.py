"""The indexes on PostgreSQL: whether they are missing, invalid or bloated, or have a long pending list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ....sql import fill
from ...contract.checkup import MENDED, Finding, listed, many, megabytes, note, ok, wrong
from ...contract.statement import Plan, Statement
from ..schema import TRIGGERS, make_indexes
from ..shape import BESIDE, TABLE, quoted
from .database import SQL, Database

#: A pending list may have 64 pages. The index's own pages, and rows that a writer is about to move, are a few more.
PENDING_PAGES = 80
#: An index is bloated if it is larger than `BLOATED` bytes and than `_TIMES` times the most that its rows can need.
BLOATED, _TIMES = 16_000_000, 2
#: For each inverted index a condition that matches no thought.
_NOTHING = {
    "search": "t.search_vector @@ '''no such word'''::tsquery",
    "tags": "t.tags OPERATOR(pg_catalog.@>) ARRAY['no, such, tag']",
    "metadata": """t.metadata @> '{"no such key": "no such value"}'""",
}


class Index(NamedTuple):
    """One index, as a row of `indexes` in checkup.sql describes it."""

    name: str
    table: str
    valid: bool
    size: int
    needed: int
    busy: bool

    @property
    def is_bloated(self) -> bool:
        return self.size > BLOATED and self.size > _TIMES * self.needed

    @property
    def is_leftover(self) -> bool:
        """Whether it is invalid and has a name that REINDEX CONCURRENTLY gives to the new index or the old one."""
        return not self.valid and not self.busy and self.name.rstrip("0123456789").endswith(("_ccnew", "_ccold"))


class Indexes:
    """Thoughtsearch's indexes, and the others on the same tables."""

    name, needed = "indexes", False

    def __init__(self, database: Database) -> None:
        self._database = database
        self.looks = (self._missing, self._invalid, self._bloated, self._pending)
        self.repairs = {
            "indexes": self._made,
            "leftovers": self._dropped,
            "bloat": self._made_smaller,
            "pending": self._cleaned,
        }

    def _missing(self) -> Iterator[Finding]:
        if names := self._damaged():
            message = f"missing or invalid: {listed(names)}; searches read the whole table instead"
            yield wrong(message, f"{MENDED} makes them anew, while others read and write", "indexes")

    def _damaged(self) -> list[str]:
        return [name for name in self._database.engine.find().damaged if name not in TRIGGERS]

    def _invalid(self) -> Iterator[Finding]:
        damaged = self._damaged()
        for index in self._all():
            if index.valid or index.name in damaged:
                continue
            if index.busy:
                message = f"{index.name} is not valid yet: it is being made, or {index.table} is being cleaned up"
                yield note(message)
            elif index.is_leftover:
                message = f"{index.name} was left behind by a REINDEX that was ended"
                yield wrong(message, f"{MENDED} removes it", "leftovers")
            else:
                message = f"{index.name}, which is not ours, is invalid: kept by writers, and of no use"
                yield wrong(message, f'DROP INDEX CONCURRENTLY "{index.name}", or make it anew')

    def _bloated(self) -> Iterator[Finding]:
        ours = self._ours()
        for index in ours:
            if index.is_bloated:
                message = (
                    f"{index.name} is bloated: {megabytes(index.size)}, and its rows need {megabytes(index.needed)} at most"
                )
                yield wrong(message, f"{MENDED} makes it anew, while others read and write", "bloat")
        if all(index.valid and not index.is_bloated for index in ours):
            yield ok(f"{many(len(ours), 'index', 'indexes')}, {megabytes(sum(one.size for one in ours))}")

    def _pending(self) -> Iterator[Finding]:
        read = self._database.engine.connection.run(self._pages_read())
        if long := [f"{name} {many(pages, 'page')}" for name, pages in read.items() if pages > PENDING_PAGES]:
            message = f"each search reads a long list of what is yet to be put into the index: {listed(long)}"
            yield wrong(message, f"{MENDED} puts it there", "pending")

    def _pages_read(self) -> Plan[dict[str, int]]:
        """By index, how many pages a look-up without a match reads: the root, a leaf, and the whole pending list."""
        shape = self._database.place.shape
        yield Statement(SQL["use_indexes"])
        read = {}
        for name, condition in zip(self._inverted, _NOTHING.values(), strict=True):
            sql = shape.fill(fill(SQL["pages_read"], condition=condition))
            pages = _pages_of((yield Statement(sql))[0][0], name)
            if pages is not None:
                read[name] = pages
        return read

    @property
    def _inverted(self) -> list[str]:
        return [f"{self._database.place.shape.indexed}_{part}" for part in _NOTHING]

    def _all(self) -> list[Index]:
        tables = (TABLE, BESIDE) if self._database.place.shape.is_found else (TABLE,)
        named = [self._database.place.name(table) for table in tables]
        return [Index(*row) for row in self._database.ask("indexes", tables=named)]

    def _ours(self) -> list[Index]:
        return [index for index in self._all() if index.table == self._database.place.shape.indexed]

    def _made(self) -> str:
        names = self._damaged()
        for statement in make_indexes(self._database.place, names, alone=True):
            self._database.alone(statement.sql)
        return f"made anew: {listed(names)}"

    def _dropped(self) -> str:
        names = [index.name for index in self._all() if index.is_leftover]
        for name in names:
            self._database.alone(f"DROP INDEX CONCURRENTLY IF EXISTS {self._database.place.name(quoted(name))}")
        return f"removed {listed(names)}"

    def _made_smaller(self) -> str:
        names = [index.name for index in self._ours() if index.is_bloated]
        for name in names:
            self._database.alone(f"REINDEX INDEX CONCURRENTLY {self._database.place.name(quoted(name))}")
        return f"made anew: {listed(names)}"

    def _cleaned(self) -> str:
        place = self._database.place

        def plan() -> Plan[None]:
            for name in self._inverted:
                yield Statement(place.shape.fill(fill(SQL["limit_pending"], index=name)))
                yield place.statement("clean_pending", index=place.name(name))

        self._database.change(plan)
        return "put into the indexes what was pending, and limited what may be"


def _pages_of(explained: Sequence[Any], index: str) -> int | None:
    """How many pages of an index a statement has read, by its EXPLAIN. None if it did not use that index."""
    nodes = [one["Plan"] for one in explained]
    while nodes:
        node = nodes.pop()
        if node.get("Index Name") == index:
            return int(node["Shared Hit Blocks"] + node["Shared Read Blocks"])
        nodes += node.get("Plans", ())
    return None
