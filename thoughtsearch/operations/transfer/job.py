"""The whole of a transfer: agents, thoughts, what imports have stored; then the comparison."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace

from ...engines.own_files import OwnFiles
from ...errors import DatabaseError, InputError
from ...location import Location
from ...progress import Bar, unseen
from ..thoughts import unindexed
from . import companions
from .checksums import Checksums
from .companions import Companions
from .copying import BATCH, Copier, Copying
from .pairing import Pairing
from .questions import ask
from .report import TransferReport
from .side import THOUGHTS, Side


@dataclass(slots=True)
class Transfer:
    """From one database to another. `copying` is right at every moment, also after an error."""

    source: Location
    target: Location
    brain_state: bool = False
    new_ids: bool = False
    batch: int = BATCH
    timeout: float = 30.0
    bar: Bar = unseen
    copying: Copying = field(default_factory=Copying)
    _notes: list[str] = field(default_factory=list)

    def run(self, *, verify_only: bool = False) -> TransferReport:
        """Copy what the target lacks, then compare. The source is only read.

        May be ended at any point, and goes on from there when it is run again. Raises InputError, before anything is
        stored, where the target has another thought under an id of the source's.
        """
        with ExitStack() as stack:
            source, target = self._sides(stack, read_only=verify_only)
            began = time.monotonic()
            if not verify_only:
                self._copy(source, target)
            copied = None if verify_only else self.copying
            return self._compare(source, target, copied, time.monotonic() - began)

    def _sides(self, stack: ExitStack, *, read_only: bool) -> tuple[Side, Side]:
        if OwnFiles(self.target).is_hard_link(self.source.target):
            raise InputError(f"{self.source.target} is another name of {self.target.target}; name two databases.")
        source = Side.read(self.source, timeout=self.timeout)
        stack.enter_context(closing(source.connection))
        if self.source == self.target:
            raise InputError(f"{source.name} is both what is read and what is written; name two databases.")
        if read_only:
            target = Side.read(self.target, timeout=self.timeout)
        else:
            target = Side.written(self.target, brain_state=self.brain_state, timeout=self.timeout)
        stack.enter_context(closing(target.connection))
        if source.identity == target.identity:
            raise InputError(f"{source.name} is both what is read and what is written; name two databases.")
        return source, target

    def _paired(self, source: Side, target: Side, *, widen: bool) -> Pairing:
        """The thoughts of both; `widen`: columns that the target lacks are added, where this role may do that."""
        table, there = source.thoughts(), target.thoughts()
        pairing = Pairing.of(table, there, thoughts=True)
        if pairing.unknown and widen:
            added = [target.moving.as_here(one) for one in pairing.unknown]
            with suppress(DatabaseError):
                target.write(target.moving.add_columns(THOUGHTS, added))
                self._notes.append(f"added to {THOUGHTS} of the target: {', '.join(one.name for one in added)}")
                pairing = Pairing.of(table, target.thoughts(), thoughts=True)
        return pairing

    def _copy(self, source: Side, target: Side) -> None:
        # Before anything is changed in the target: whether it may be.
        copier = Copier(source, target, self._paired(source, target, widen=False), batch=self.batch, new_ids=self.new_ids)
        copier.check()
        copier.pairing = self._paired(source, target, widen=True)
        self.copying = copier.done
        beside = Companions(source, target, whole=self.brain_state)
        beside.carry(companions.agents(whole=self.brain_state))
        with self.bar("Copying", copier.left()) as progress:
            copier.run(progress)
        Companions(source, target, whole=True).carry(companions.IMPORTS)
        # What an import has stored in the source meanwhile: its ids may have come along just now.
        copier.run()
        self._notes += beside.notes
        if self.copying.stored:
            target.write(target.dialect.refresh_statistics())

    def _compare(self, source: Side, target: Side, copied: Copying | None, seconds: float) -> TransferReport:
        beside = Companions(source, target, whole=self.brain_state)
        compared = (
            *beside.compare(companions.agents(whole=self.brain_state)),
            *Companions(source, target, whole=True).compare(companions.IMPORTS),
        )
        pairing = self._paired(source, target, widen=False)
        extents = source.extent(), target.extent()
        report = TransferReport(
            *extents,
            copied,
            seconds,
            self.new_ids,
            companions=compared,
            unknown=(*(one.name for one in pairing.unknown), *pairing.source.unreadable),
            notes=(*self._notes, *companions.beside(source, whole=self.brain_state), *self._warnings(target)),
        )
        if self.new_ids:
            return replace(report, differing=self.copying.altered.listed())
        with self.bar("Comparing", extents[0].count) as progress:
            checksums = Checksums(source, target, pairing, batch=self.batch, progress=progress)
            ranges = tuple(checksums.ranges())
        report = replace(report, ranges=ranges, differing=checksums.differences.listed())
        return self._asked(source, target, checksums.sample.ids, report)

    def _asked(self, source: Side, target: Side, sample: list[int], report: TransferReport) -> TransferReport:
        """With the queries, where both sides can be asked."""
        plain = [side.name for side in (source, target) if not side.searchable]
        if plain:
            reason = f"{' and '.join(plain)} can't be searched yet; thoughtsearch init makes it searchable"
            return replace(report, unasked=reason)
        pending = sum(side.run(unindexed(side.dialect)) for side in (source, target))
        if pending:
            return replace(report, unindexed=pending)
        return replace(report, asked=tuple(ask(source, target, source.thoughts_with_ids(sample))))

    def _warnings(self, target: Side) -> list[str]:
        tags = target.thoughts().column("tags")
        if not self.brain_state or tags is None or tags.kind != "array":
            return []
        return [
            "the target's table is thoughtsearch's own, whose tags are a list: CloudBrain's INSERT, which writes them as a "
            "text, fails there; for its server to write on, name an empty database"
        ]
