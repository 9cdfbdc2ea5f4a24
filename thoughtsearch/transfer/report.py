"""Whether both sides say the same, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .checksums import Range
from .companions import Compared
from .copying import Copying
from .questions import Asked
from .side import Extent


@dataclass(frozen=True, slots=True)
class Report:
    """What was copied (None: nothing was to be) and what was compared.

    With new ids thoughts can't be compared one by one: `ranges` and `asked` are empty, and whether all were taken decides.
    """

    source: Extent
    target: Extent
    copied: Copying | None
    seconds: float
    new_ids: bool
    ranges: tuple[Range, ...] = ()
    asked: tuple[Asked, ...] = ()
    companions: tuple[Compared, ...] = ()
    unindexed: int = 0

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        if self.new_ids:
            same = self.copied is not None and self.copied.taken == self.source.count
        else:
            same = self.source == self.target and all(one.equal for one in self.ranges)
            same = same and all(one.equal for one in self.asked)
        return same and not self.unindexed and all(one.equal for one in self.companions)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `--json` prints."""
        record: dict[str, Any] = {"equal": self.equal}
        if self.copied is not None:
            record |= {
                "stored": self.copied.stored,
                "present": self.copied.present,
                "taken": self.copied.taken,
                "resumed": self.copied.resumed,
                "seconds": round(self.seconds, 3),
                "new_ids": self.new_ids,
            }
        for name, extent in (("source", self.source), ("target", self.target)):
            record[name] = {"thoughts": extent.count, "first_id": extent.first, "last_id": extent.last}
        return record | {
            "ranges": [one.to_dict() for one in self.ranges],
            "queries": [one.to_dict() for one in self.asked],
            "tables": [one.to_dict() for one in self.companions],
            "unindexed": self.unindexed,
        }
