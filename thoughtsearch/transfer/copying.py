"""The thoughts, batch by batch: each in one transaction with the note of how far it is, so that nothing comes twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..drafts import Draft
from ..engines.statement import Plan
from ..errors import DatabaseLocked, InputError
from ..models import Thought
from .sameness import as_draft, digest, digest_of
from .side import Side

#: Thoughts in a batch: measured, larger ones gain nothing.
BATCH = 2_000


@dataclass(slots=True)
class Copying:
    """What was done, right at every moment. `present` were in the target already, the same under the same id.

    `taken` counts those of earlier runs too.
    """

    stored: int = 0
    present: int = 0
    taken: int = 0
    reached: int | None = None
    resumed: bool = False


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

    def __init__(self, source: Side, target: Side, *, batch: int = BATCH, new_ids: bool = False) -> None:
        self.source = source
        self.target = target
        self.batch = batch
        self.new_ids = new_ids
        self.done = Copying()
        self._key = f"transfer{' with new ids' if new_ids else ''} from {source.identity}"
        self._note = self._remembered()
        self.done.resumed = self._note is not None
        if self._note:
            self.done.reached, self.done.taken = self._note.last, self._note.taken

    def _remembered(self) -> Note | None:
        rows = self.target.ask(self.target.dialect.state(self._key))
        note = Note.of(rows[0][0]) if rows else None
        self._text = note.text if note else None
        if note and not self.new_ids:
            # Another database may be in the old one's place by now: then all is looked at again, which does no harm.
            held = self.source.with_ids([note.last])
            if not held or digest_of(held[0]).hex() != note.digest:
                return None
        return note

    def left(self) -> int:
        """About how many thoughts are to be looked at."""
        count = self.source.extent().count
        return count if self._note is None else max(0, count - self.target.extent().count)

    def check(self) -> None:
        """Raises InputError where the target has another thought under the id of one that would be copied."""
        if self.new_ids:
            return
        last = self.source.extent().last
        for batch in self.target.batches(self.done.reached, self.batch):
            if last is None or (batch[0].id or 0) > last:
                return
            ours = {thought.id: digest_of(thought) for thought in self.source.with_ids([one.id or 0 for one in batch])}
            for thought in batch:
                if thought.id in ours and ours[thought.id] != digest_of(thought):
                    raise self._conflict(thought.id)

    def run(self, progress: Callable[[int], None] = lambda done: None) -> None:
        """Copy all that is behind what was reached; `progress` is told how many were looked at."""
        last = self.source.extent().last
        if last is not None and not self.new_ids:
            # Who adds thoughts to the target meanwhile gets ids that none of the source has.
            self.target.connection.run(self.target.moving.reserve("ai_thought_history", "id", last), write=True)
        for batch in self.source.batches(self.done.reached, self.batch):
            drafts = [(thought.id or 0, as_draft(thought)) for thought in batch]
            ident, draft = drafts[-1]
            note = Note(ident, digest(ident, draft).hex(), self.done.taken + len(drafts)).text
            stored = self.target.connection.run(self._step(drafts, note), write=True)
            self._text = note
            self.done.stored += stored
            self.done.present += len(drafts) - stored
            self.done.taken += len(drafts)
            self.done.reached = ident
            progress(self.done.stored + self.done.present)
        if self.done.reached is not None and not self.new_ids:
            reached = self.done.reached
            self.target.connection.run(self.target.moving.reserve("ai_thought_history", "id", reached), write=True)

    def _step(self, drafts: Sequence[tuple[int, Draft]], note: str) -> Plan[int]:
        moving, dialect = self.target.moving, self.target.dialect
        # First, since it also locks out another transfer of the same source.
        if not (yield moving.advance(self._key, self._text, note)):
            raise DatabaseLocked(f"Another transfer from {self.source.name} to {self.target.name} is running; let it end.")
        if self.new_ids:
            yield dialect.insert([draft for _, draft in drafts])
            return len(drafts)
        there: dict[int | None, Thought] = {}
        for row in (yield dialect.with_ids([ident for ident, _ in drafts])):
            there[row[0]] = dialect.thought(row)
        for ident, draft in drafts:
            if ident in there and digest(ident, draft) != digest_of(there[ident]):
                raise self._conflict(ident)
        new = [(ident, draft) for ident, draft in drafts if ident not in there]
        if new:
            yield dialect.insert_numbered(new)
        return len(new)

    def _conflict(self, ident: int | None) -> InputError:
        so_far = f"{self.done.stored:,} thoughts were stored before it" if self.done.stored else "nothing was stored"
        return InputError(
            f"Thought {ident} of {self.target.name} is another one than that of {self.source.name}; {so_far}. "
            "Name an empty database, or give --new-ids."
        )
