"""The whole of a transfer: agents, thoughts, what imports have stored; then the comparison."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from ..engines.own_files import OwnFiles
from ..errors import InputError
from ..location import Location
from ..plans.thoughts import unindexed
from ..progress import Bar, unseen
from . import companions
from .checksums import Checksums
from .copying import BATCH, Copier, Copying
from .questions import ask
from .report import Report
from .side import Side


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

    def run(self, *, verify_only: bool = False) -> Report:
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
        source = Side.open(self.source, read_only=True, timeout=self.timeout)
        stack.enter_context(closing(source.connection))
        if self.source == self.target:
            raise InputError(f"{source.name} is both what is read and what is written; name two databases.")
        target = Side.open(self.target, read_only=read_only, timeout=self.timeout)
        stack.enter_context(closing(target.connection))
        if source.identity == target.identity:
            raise InputError(f"{source.name} is both what is read and what is written; name two databases.")
        return source, target

    def _copy(self, source: Side, target: Side) -> None:
        copier = Copier(source, target, batch=self.batch, new_ids=self.new_ids)
        self.copying = copier.done
        copier.check()
        companions.carry(source, target, companions.agents(whole=self.brain_state), whole=self.brain_state)
        with self.bar("Copying", copier.left()) as progress:
            copier.run(progress)
        companions.carry(source, target, companions.IMPORTS, whole=True)
        # What an import has stored in the source meanwhile: its ids may have come along just now.
        copier.run()
        if self.copying.stored:
            target.connection.run(target.dialect.settle(), write=True)

    def _compare(self, source: Side, target: Side, copied: Copying | None, seconds: float) -> Report:
        tables = companions.agents(whole=self.brain_state) | companions.IMPORTS
        compared = tuple(companions.compare(source, target, tables, whole=self.brain_state))
        extents = source.extent(), target.extent()
        if self.new_ids:
            return Report(*extents, copied, seconds, new_ids=True, companions=compared)
        with self.bar("Comparing", extents[0].count) as progress:
            checksums = Checksums(source, target, batch=self.batch, progress=progress)
            ranges = tuple(checksums.ranges())
        pending = sum(side.run(unindexed(side.dialect)) for side in (source, target))
        asked = () if pending else tuple(ask(source, target, checksums.sample.thoughts))
        return Report(*extents, copied, seconds, False, ranges, asked, compared, pending)
