"""Both sides thought by thought, in ranges of ids: one checksum a range, and the ids where two of them differ."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..models import Thought
from .sameness import digest_of
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
    """Some of the source's thoughts, each as likely as any other, and the same ones whenever they are drawn."""

    thoughts: list[Thought] = field(default_factory=list)
    seen: int = 0
    _chance: random.Random = field(default_factory=lambda: random.Random(1))

    def add(self, thought: Thought) -> None:
        """One more that may be drawn."""
        self.seen += 1
        if len(self.thoughts) < _SAMPLED:
            self.thoughts.append(thought)
        elif (place := self._chance.randrange(self.seen)) < _SAMPLED:
            self.thoughts[place] = thought


class Checksums:
    """Reads both sides once, side by side; holds no more than a range. `sample` is drawn on the way."""

    def __init__(
        self, source: Side, target: Side, *, batch: int, progress: Callable[[int], None] = lambda done: None
    ) -> None:
        self._source, self._target = source, target
        self._batch = batch
        self._progress = progress
        self.sample = Sample()

    def ranges(self) -> Iterator[Range]:
        """In the order of the ids."""
        ours, theirs = self._ours(), _digests(self._target, self._batch)
        one, other = next(ours, None), next(theirs, None)
        while one or other:
            here: dict[int, bytes] = {}
            there: dict[int, bytes] = {}
            # By id, the smaller first: so a range ends at the same id on both sides.
            while (one or other) and len(here) < RANGE and len(there) < RANGE:
                ident = min(pair[0] for pair in (one, other) if pair)
                if one and one[0] == ident:
                    here[ident] = one[1]
                    one = next(ours, None)
                if other and other[0] == ident:
                    there[ident] = other[1]
                    other = next(theirs, None)
            yield _compared(here, there)

    def _ours(self) -> Iterator[tuple[int, bytes]]:
        done = 0
        for batch in self._source.batches(None, self._batch):
            for thought in batch:
                self.sample.add(thought)
                yield thought.id or 0, digest_of(thought)
            done += len(batch)
            self._progress(done)


def _digests(side: Side, batch: int) -> Iterator[tuple[int, bytes]]:
    for thoughts in side.batches(None, batch):
        for thought in thoughts:
            yield thought.id or 0, digest_of(thought)


def _compared(here: dict[int, bytes], there: dict[int, bytes]) -> Range:
    ids = sorted(here.keys() | there.keys())
    different = [ident for ident in ids if here.get(ident) != there.get(ident)]
    return Range(ids[0], ids[-1], len(here), len(there), _checksum(here), _checksum(there), tuple(different[:5]))


def _checksum(digests: dict[int, bytes]) -> str:
    return hashlib.blake2b(b"".join(digests.values()), digest_size=16).hexdigest()
