"""The thoughts, batch by batch: each in one transaction with the note of how far it is, so that nothing comes twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...engines.contract.statement import Plan, Row
from ...errors import DatabaseLocked, InputError
from .differences import Differences
from .pairing import Pairing, differing
from .sameness import digest
from .side import THOUGHTS, Side
from .storing import Storing

#: Thoughts in a batch: measured, larger ones gain nothing.
BATCH = 2_000
# What stands in a column that must hold something, where the source's value can't.
_INSTEAD: dict[str, Any] = {"ai_id": 0, "thought_content": ""}


@dataclass(slots=True)
class Copying:
    """What was done, right at every moment. `present` were in the target already, the same under the same id.

    `taken` counts those of earlier runs too. `refused` are those that the target would not store, and why the first;
    `altered`, with new ids alone, those of whose values some can't be stored as they are.
    """

    stored: int = 0
    present: int = 0
    taken: int = 0
    reached: int | None = None
    resumed: bool = False
    refused: Differences = field(default_factory=Differences)
    altered: Differences = field(default_factory=Differences)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What the target remembers of a source: the last id that was taken, the digest of that thought, and how many were."""

    last: int
    digest: str
    taken: int

    @property
    def text(self) -> str:
        return f"{self.last} {self.digest} {self.taken}"

    @classmethod
    def of(cls, text: str | None) -> Note | None:
        if text is None:
            return None
        last, held, taken = str(text).split()
        return cls(int(last), held, int(taken))


class Copier:
    """One run of copying; `run` may be called again for what was written meanwhile."""

    def __init__(self, source: Side, target: Side, pairing: Pairing, *, batch: int = BATCH, new_ids: bool = False) -> None:
        self.source = source
        self.target = target
        self.pairing = pairing
        self.batch = batch
        self.new_ids = new_ids
        self.done = Copying()
        self._ident = pairing.at("id")
        self._plain = pairing.plain()
        self._key = f"transfer{' with new ids' if new_ids else ''} from {source.identity}"
        self._note = self._remembered()
        self.done.resumed = self._note is not None
        if self._note:
            self.done.reached, self.done.taken = self._note.last, self._note.taken

    def _remembered(self) -> Note | None:
        noted = self.target.run(self.target.dialect.state(self._key))
        note = None if noted is None else Note.of(noted)
        self._text = note.text if note else None
        if note and not self.new_ids:
            # Another database may be in the old one's place by now: then all is looked at again, which does no harm.
            held = self.source.with_ids(self.pairing.source, [note.last])
            if not held or self._digest(held[0]).hex() != note.digest:
                return None
        return note

    def _digest(self, values: Row) -> bytes:
        return digest(self.pairing.names, values)

    def left(self) -> int:
        """About how many thoughts are to be looked at."""
        count = self.source.extent().count
        return count if self._note is None else max(0, count - self.target.extent().count)

    def check(self) -> None:
        """Raises InputError where the target has another thought under the id of one that would be copied."""
        if self.new_ids:
            return
        last = self.source.extent().last
        for batch in self.target.batches(self.pairing.target, self._after(), self.batch):
            ids = [row.values[self._ident] for row in batch]
            if last is None or ids[0] > last:
                return
            ours = {row[self._ident]: self._digest(self._stored(row)) for row in self._with_ids(self.source, ids)}
            for ident, row in zip(ids, batch, strict=True):
                if ident in ours and ours[ident] != self._digest(row.values):
                    raise self._conflict(ident)

    def _after(self) -> Row | None:
        return None if self.done.reached is None else (self.done.reached,)

    def _with_ids(self, side: Side, ids: list[int]) -> list[Row]:
        return side.with_ids(self.pairing.source if side is self.source else self.pairing.target, ids)

    def _stored(self, values: Row) -> list[Any]:
        """What the target gets of a thought."""
        carried = self.pairing.carried(values)
        for at, column in enumerate(self.pairing.target.columns):
            if carried[at] is None and column.required:
                carried[at] = _INSTEAD.get(column.name.casefold())
        return carried

    def run(self, progress: Callable[[int], None] = lambda done: None) -> None:
        """Copy all that is behind what was reached; `progress` is told how many were looked at."""
        last = self.source.extent().last
        if last is not None and not self.new_ids:
            # Who adds thoughts to the target meanwhile gets ids that none of the source has.
            self._reserve(last)
        storing = Storing()
        for batch in self.source.batches(self.pairing.source, self._after(), self.batch):
            storing.run([row.values for row in batch], self._store, self._pass_by)
            self.done.reason = storing.reason
            progress(self.done.stored + self.done.present + self.done.refused.rows)
        if not self.new_ids:
            given = self.source.run(self.source.moving.counted(THOUGHTS, "id"))
            self._reserve(max(given or 0, self.done.reached or 0))

    def _reserve(self, last: int) -> None:
        self.target.write(self.target.moving.reserve(THOUGHTS, "id", last))

    def _store(self, rows: Sequence[Row]) -> None:
        text = self._noted(rows[-1], len(rows))
        stored = self.target.write(self._step(rows, text))
        if self.new_ids:
            self._compare(rows)
        self.done.stored += stored
        self.done.present += len(rows) - stored
        self._reach(rows[-1], len(rows), text)

    def _compare(self, rows: Sequence[Row]) -> None:
        """With new ids nobody can compare the two afterwards."""
        for row in rows:
            one, other = self._plain.row(row), self._plain.row(self._stored(row))
            if one != other:
                self.done.altered.add(row[self._ident], differing(self.pairing, one, other))

    def _pass_by(self, row: Row) -> None:
        """The thought can't be stored: the next run begins behind it all the same."""
        text = self._noted(row, 1)
        self.target.write(self._step([], text))
        self.done.refused.add(row[self._ident], [None])
        self._reach(row, 1, text)

    def _noted(self, row: Row, count: int) -> str:
        return Note(row[self._ident], self._digest(row).hex(), self.done.taken + count).text

    def _reach(self, row: Row, count: int, text: str) -> None:
        self._text = text
        self.done.taken += count
        self.done.reached = row[self._ident]

    def _step(self, rows: Sequence[Row], note: str) -> Plan[int]:
        moving = self.target.moving
        # First, since it also locks out another transfer of the same source.
        if not (yield from moving.advance(self._key, self._text, note)):
            raise DatabaseLocked(f"Another transfer from {self.source.name} to {self.target.name} is running; let it end.")
        if not rows:
            return 0
        carried = [self._stored(row) for row in rows]
        if self.new_ids:
            plain = [[value for at, value in enumerate(row) if at != self._ident] for row in carried]
            yield from moving.keep(self.pairing.without("id").target, plain)
            return len(rows)
        table = self.pairing.target
        there = {}
        for stored in (yield from moving.with_ids(table, [row[self._ident] for row in rows])):
            there[stored.values[self._ident]] = self._digest(stored.values)
        for row in carried:
            ident = row[self._ident]
            if ident in there and self._digest(row) != there[ident]:
                raise self._conflict(ident)
        new = [row for row in carried if row[self._ident] not in there]
        if new:
            yield from moving.keep(table, new)
        return len(new)

    def _conflict(self, ident: int | None) -> InputError:
        so_far = f"{self.done.stored:,} thoughts were stored before it" if self.done.stored else "nothing was stored"
        return InputError(
            f"Thought {ident} of {self.target.name} is another one than that of {self.source.name}; {so_far}. "
            "Name an empty database, or give --new-ids."
        )
