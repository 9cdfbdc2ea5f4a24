"""The tables beside the thoughts: agents and their names, CloudBrain's brain state, what imports have stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...engines.contract.statement import Plan, Row
from ...engines.contract.transfer import Stored, Table
from ...engines.stored import BadText, Blob
from ...errors import DatabaseError, DatabaseLocked, DatabaseUnavailable
from .differences import Differences, Differing
from .making import made_like
from .pairing import Pairing, Plain, differing
from .side import Side
from .storing import Storing

BATCH = 2_000
AGENTS = "ai_profiles"
#: CloudBrain's tables of what its agents are at, in the order in which they refer to each other.
BRAIN = (
    AGENTS,
    "ai_work_sessions",
    "ai_current_state",
    "ai_active_sessions",
    "ai_brain_sessions",
    "ai_tasks",
    "ai_learning_progress",
    "ai_collaboration_history",
    "ai_shared_memories",
    "ai_memory_endorsements",
)
IMPORTS = ("thoughtsearch_imported", "thoughtsearch_import_file")
_NAMES = ("id", "name", "nickname")


@dataclass(frozen=True, slots=True)
class Compared:
    """How many of the source's rows the target has, and which values differ. `unknown` are columns that were left out."""

    name: str
    rows: int
    in_target: int
    different: int
    differing: tuple[Differing, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        return not self.different and not self.unknown

    @property
    def examples(self) -> tuple[Any, ...]:
        """Ids of rows that are missing or have other values there."""
        return tuple(dict.fromkeys(ident for one in self.differing for ident in one.ids))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "table": self.name,
            "rows": self.rows,
            "rows_in_target": self.in_target,
            "different": self.different,
            "examples": list(self.examples),
            "differences": [one.to_dict() for one in self.differing],
            "columns_left_out": list(self.unknown),
            "equal": self.equal,
        }


def agents(*, whole: bool) -> tuple[str, ...]:
    """The tables of a transfer that come before the thoughts, which may refer to them."""
    return BRAIN if whole else (AGENTS,)


def beside(source: Side, *, whole: bool) -> list[str]:
    """What is to be said of tables of the source's that a transfer leaves where they are."""
    names = source.run(source.moving.tables())
    if not whole:
        kept = [name for name in names if name in BRAIN and name != AGENTS]
        return [f"not asked for, and left: {', '.join(kept)} (--brain-state takes them along)"] if kept else []
    # What begins as the table of thoughts is ours, or an index of it.
    others = [name for name in names if name.startswith("ai_") and name not in BRAIN and not name.startswith("ai_thought_")]
    return [f"no brain state, and left: {', '.join(others)}"] if others else []


class Companions:
    """Carries some tables, and compares them. `whole`: all columns and all rows, the tables made where there are none."""

    def __init__(self, source: Side, target: Side, *, whole: bool) -> None:
        self.source, self.target, self.whole = source, target, whole
        self.notes: list[str] = []

    def carry(self, names: tuple[str, ...]) -> None:
        """Store what the target lacks of these tables."""
        for name in names:
            table = self.source.table(name)
            if table is not None and table.columns and (self.whole or name != AGENTS or _has_names(table)):
                self._carry(table)

    def _carry(self, table: Table) -> None:
        there = self.target.table(table.name)
        if there is None and table.name in BRAIN:
            there = self._made(table)
        elif there is not None and self.whole and table.name in BRAIN:
            there = self._widened(table, there)
        if there is None:
            return
        pairing = self._paired(table, there)
        if self.whole and table.name == AGENTS:
            self._complete(pairing)
        self._store(pairing)
        self._number(table, there)

    def _made(self, table: Table) -> Table | None:
        """A table of the target's like this one; None where this role may not make it."""
        like, notes = made_like(self.source, table, self.target)
        try:
            self.target.write(self.target.moving.create(like))
        except (DatabaseLocked, DatabaseUnavailable):
            raise
        except DatabaseError as error:
            self.notes.append(f"{table.name} can't be made in the target: {error}")
            return None
        self.notes += notes
        return self.target.table(like.name)

    def _paired(self, table: Table, there: Table) -> Pairing:
        only_names = not self.whole and table.name == AGENTS
        return Pairing.of(table, there, wanted=_NAMES if only_names else None)

    def _widened(self, table: Table, there: Table) -> Table:
        """The target's table with the columns that it lacked, where this role may add them."""
        lacking = [self.target.moving.as_here(one) for one in Pairing.of(table, there).unknown]
        if not lacking:
            return there
        try:
            self.target.write(self.target.moving.add_columns(there.name, lacking))
        except (DatabaseLocked, DatabaseUnavailable):
            raise
        except DatabaseError:
            return there
        self.notes.append(f"added to {table.name} of the target: {', '.join(one.name for one in lacking)}")
        return self.target.table(there.name) or there

    def _store(self, pairing: Pairing) -> None:
        plain = pairing.plain()
        held = Counter(plain.key(row) if pairing.key else row for row in self._held(pairing))
        storing = Storing()

        def step(rows: Any) -> None:
            self.target.write(self.target.moving.keep(pairing.target, rows))

        for batch in self._taken(pairing):
            new = []
            for row in batch:
                whole = plain.row(row.values)
                known = plain.key(whole) if pairing.key else whole
                if not held[known]:
                    new.append(pairing.carried(row.values))
                elif not pairing.key:
                    held[known] -= 1  # where there is no key the same row may be there several times
            if new:
                storing.run(new, step, lambda row: None)
        if storing.refused:
            self.notes.append(f"{pairing.source.name}: {storing.refused:,} refused by the target: {storing.reason}")

    def _held(self, pairing: Pairing) -> Iterator[Plain]:
        plain = pairing.plain()
        for batch in self.target.batches(pairing.target, None, BATCH):
            for row in batch:
                yield plain.row(row.values)

    def _taken(self, pairing: Pairing) -> Iterator[list[Stored]]:
        named = pairing.at("name") if not self.whole and pairing.source.name == AGENTS else None
        for batch in self.source.batches(pairing.source, None, BATCH):
            # An agent without a name is known by its number alone.
            yield batch if named is None else [row for row in batch if row.values[named] is not None]

    def _complete(self, pairing: Pairing) -> None:
        """Give agents whose names alone came along in an earlier transfer the rest of their columns, once."""
        noted = f"agents whole from {self.source.identity}"
        if (
            self.target.run(self.target.dialect.state(noted)) is not None
            or not {"id", "name"} <= {*pairing.names}
            or not pairing.key
        ):
            return
        plain = pairing.plain()
        stubs = {}
        for batch in self.target.batches(pairing.target, None, BATCH):
            for row in batch:
                bare = [
                    value is None or bool(one.default or one.name in _NAMES)
                    for value, one in zip(row.values, pairing.target.columns, strict=True)
                ]
                if all(bare):
                    whole = plain.row(row.values)
                    stubs[plain.key(whole)] = whole
        known = [at for at, name in enumerate(pairing.names) if name in _NAMES]

        def complete(rows: Sequence[Row]) -> Plan[None]:
            for row in rows:
                yield from self.target.moving.complete(pairing.target, row)
            yield from self.target.moving.advance(noted, None, "done")

        rows = []
        for batch in self.source.batches(pairing.source, None, BATCH):
            for row in batch:
                whole = plain.row(row.values)
                stub = stubs.get(plain.key(whole))
                if stub and stub != whole and all(stub[at] == whole[at] for at in known):
                    rows.append(pairing.carried(row.values))
        self.target.write(complete(rows))

    def _number(self, table: Table, there: Table) -> None:
        """New rows of the target's get numbers behind all that either side has given."""
        for column in there.columns:
            if not column.counts:
                continue
            one = table.column(column.name)
            given = [self.target.run(self.target.moving.counted(there.name, column.name))]
            if one is not None and one.counts:
                given.append(self.source.run(self.source.moving.counted(table.name, one.name)))
            last = max((number for number in given if number is not None), default=0)
            if last > 0:
                self.target.write(self.target.moving.reserve(there.name, column.name, last))

    def compare(self, names: tuple[str, ...]) -> Iterator[Compared]:
        """Each table that the source has, value by value."""
        for name in names:
            table = self.source.table(name)
            if table is None or (not self.whole and name == AGENTS and table.columns and not _has_names(table)):
                continue
            if not table.columns:  # this role may not read it
                yield Compared(name, 0, 0, 0, unknown=table.unreadable)
                continue
            there = self.target.table(name)
            rows = self.source.count(table)
            if there is None:
                yield Compared(name, rows, 0, rows)
            else:
                yield self._compared(rows, self._paired(table, there), self.target.count(there))

    def _compared(self, rows: int, pairing: Pairing, in_target: int) -> Compared:
        plain, found = pairing.plain(), Differences()
        held: dict[Plain, Plain] = {}
        counts: Counter[Plain] = Counter()
        for whole in self._held(pairing):
            if pairing.key:
                held[plain.key(whole)] = whole
            else:
                counts[whole] += 1
        for batch in self._taken(pairing):
            for row in batch:
                whole = plain.row(row.values)
                if not pairing.key:
                    counts[whole] -= 1
                    if counts[whole] < 0:
                        found.add(_shown(row.place), [None])
                    continue
                other = held.get(plain.key(whole))
                if other != whole:
                    found.add(_shown([row.values[at] for at in pairing.key]), differing(pairing, whole, other))
        unknown = (*(one.name for one in pairing.unknown), *pairing.source.unreadable)
        return Compared(pairing.source.name, rows, in_target, found.rows, found.listed(), unknown)


def _has_names(table: Table) -> bool:
    return all(table.column(name) for name in ("id", "name"))


def _shown(key: Row) -> Any:
    shown = [value.content.hex() if isinstance(value, (Blob, BadText)) else value for value in key]
    return shown[0] if len(shown) == 1 else shown
