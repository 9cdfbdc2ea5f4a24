"""Both sides thought by thought, value by value: one checksum a range of ids, and the columns in which they differ."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .differences import NAMED, Differences
from .pairing import Pairing, Plain, differing
from .side import Side

#: Thoughts of the source in a range.
RANGE = 10_000
_SAMPLED = 200


@dataclass(frozen=True, slots=True)
class Range:
    """All thoughts with ids from `first` to `last`."""

    first: int
    last: int
    rows: int
    rows_in_target: int
    checksum: str
    checksum_in_target: str
    examples: tuple[int, ...]  # ids of thoughts that one side lacks or has otherwise

    @property
    def equal(self) -> bool:
        return self.checksum == self.checksum_in_target

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "first": self.first,
            "last": self.last,
            "rows": self.rows,
            "rows_in_target": self.rows_in_target,
            "checksum": self.checksum,
            "checksum_in_target": self.checksum_in_target,
            "examples": list(self.examples),
            "equal": self.equal,
        }


@dataclass(slots=True)
class Sample:
    """The ids of some of the source's thoughts, each as likely as any other, and the same ones whenever they are drawn."""

    ids: list[int] = field(default_factory=list)
    seen: int = 0
    _chance: random.Random = field(default_factory=lambda: random.Random(1))

    def add(self, ident: int) -> None:
        """One more that may be drawn."""
        self.seen += 1
        if len(self.ids) < _SAMPLED:
            self.ids.append(ident)
        elif (place := self._chance.randrange(self.seen)) < _SAMPLED:
            self.ids[place] = ident


@dataclass(slots=True)
class _Running:
    """A range as it is gone through."""

    first: int
    last: int = 0
    rows: list[int] = field(default_factory=lambda: [0, 0])
    sums: tuple[Any, Any] = field(default_factory=lambda: (_new(), _new()))
    examples: list[int] = field(default_factory=list)

    def add(self, ident: int, sides: tuple[Plain | None, Plain | None]) -> bool:
        """One thought as each side has it; whether both say the same."""
        self.last = ident
        same = sides[0] == sides[1]
        written = [None if side is None else repr(side).encode("utf-8", "surrogatepass") for side in sides]
        for at, text in enumerate([written[0], written[0]] if same else written):
            if text is not None:
                self.rows[at] += 1
                self.sums[at].update(text)
        if not same and len(self.examples) < NAMED:
            self.examples.append(ident)
        return same

    def ended(self) -> Range:
        """What came of it."""
        here, there = (one.hexdigest() for one in self.sums)
        return Range(self.first, self.last, self.rows[0], self.rows[1], here, there, tuple(self.examples))


class Checksums:
    """Reads both sides once, side by side. `sample` and `differences` are made on the way."""

    def __init__(
        self,
        source: Side,
        target: Side,
        pairing: Pairing,
        *,
        batch: int,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        self._sides = (source, target)
        self._pairing = pairing
        self._batch = batch
        self._progress = progress
        self.sample = Sample()
        self.differences = Differences()

    def ranges(self) -> Iterator[Range]:
        """In the order of the ids."""
        streams = self._read(0), self._read(1)
        one, other = next(streams[0], None), next(streams[1], None)
        running: _Running | None = None
        done = 0
        while one or other:
            # By id, the smaller first: so a range ends at the same id on both sides.
            ident = min(pair[0] for pair in (one, other) if pair)
            ours = one[1] if one and one[0] == ident else None
            theirs = other[1] if other and other[0] == ident else None
            running = running or _Running(ident)
            if not running.add(ident, (ours, theirs)):
                self.differences.add(ident, [None] if ours is None else differing(self._pairing, ours, theirs))
            if ours is not None:
                self.sample.add(ident)
                one = next(streams[0], None)
                done += 1
                if done % self._batch == 0 or one is None:
                    self._progress(done)
            if theirs is not None:
                other = next(streams[1], None)
            if max(running.rows) >= RANGE:
                yield running.ended()
                running = None
        if running:
            yield running.ended()

    def _read(self, at: int) -> Iterator[tuple[int, Plain]]:
        table = (self._pairing.source, self._pairing.target)[at]
        plain, ident = self._pairing.plain(), self._pairing.at("id")
        for batch in self._sides[at].batches(table, None, self._batch):
            for row in batch:
                yield row.values[ident], plain.row(row.values)


def _new() -> Any:
    return hashlib.blake2b(digest_size=16)
