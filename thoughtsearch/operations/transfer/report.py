"""Whether both sides say the same, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...engines.contract.transfer import IdRange
from .checksums import Range
from .companions import Compared
from .copying import Copying
from .differences import Differing
from .questions import Asked


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What was copied (None: nothing was to be) and what was compared.

    With new ids thoughts can't be compared one by one: `ranges` and `asked` are empty, and whether all were taken decides.
    `differing` are the values of thoughts that the target has otherwise, `unknown` the columns that it lacks; `notes` say
    what else a person should know. `unasked`: why no queries were asked.
    """

    source: IdRange
    target: IdRange
    copied: Copying | None
    seconds: float
    new_ids: bool
    ranges: tuple[Range, ...] = ()
    asked: tuple[Asked, ...] = ()
    companions: tuple[Compared, ...] = ()
    unindexed: int = 0
    differing: tuple[Differing, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unasked: str = ""

    @property
    def equal(self) -> bool:
        """Whether every value that the source stores is in the target, and both find the same."""
        if self.new_ids:
            copied = self.copied
            same = copied is not None and copied.taken == self.source.count and not copied.refused.rows
            same = same and not (copied and copied.altered.rows)
        else:
            same = self.source == self.target and all(one.equal for one in self.ranges)
            same = same and all(one.equal for one in self.asked)
        complete = not self.unindexed and not self.differing and not self.unknown
        return same and complete and all(one.equal for one in self.companions)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `--json` prints."""
        record: dict[str, Any] = {"equal": self.equal}
        if self.copied is not None:
            record |= {
                "stored": self.copied.stored,
                "present": self.copied.present,
                "taken": self.copied.taken,
                "refused": self.copied.refused.rows,
                "resumed": self.copied.resumed,
                "seconds": round(self.seconds, 3),
                "new_ids": self.new_ids,
            }
        for name, extent in (("source", self.source), ("target", self.target)):
            record[name] = {"thoughts": extent.count, "first_id": extent.first, "last_id": extent.last}
        return record | {
            "ranges": [one.to_dict() for one in self.ranges],
            "differences": [one.to_dict() for one in self.differing],
            "columns_left_out": list(self.unknown),
            "queries": [one.to_dict() for one in self.asked],
            "queries_not_asked": self.unasked or None,
            "tables": [one.to_dict() for one in self.companions],
            "unindexed": self.unindexed,
            "notes": list(self.notes),
        }
