"""The opaque cursor. It holds which request it continues, what its relative times refer to, and where the page ended.

The cursor of a ranked list holds the ids that were shown, and the newest id when the first page was made. Scores change
with every write, so a cursor with the last score would skip or repeat thoughts. This way each thought that was there at
the first page comes exactly once, in the order of the scores when its page is made. The cursor of a list by time holds its
last (created_at, id).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from ..errors import CursorError

_VERSION = 1
_TIME = re.compile(r"-?infinity|[0-9]{4,6}(-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,6})?(?: BC)?")
_LARGEST = 4_000_000  # bytes of a decoded cursor; a hostile one can't make this process inflate more


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list of results, where the next page begins."""

    fingerprint: str
    now: datetime
    seen: tuple[int, ...] = ()
    newest: int | None = None
    last: tuple[str | None, int] | None = None

    def encode(self) -> str:
        """Encode the cursor as the text for `next_cursor`."""
        ids = sorted(self.seen)
        steps = [after - before for before, after in zip([0, *ids], ids, strict=False)]
        state = [_VERSION, self.fingerprint, self.now.isoformat(), steps, self.newest, self.last]
        packed = zlib.compress(json.dumps(state, separators=(",", ":")).encode(), 9)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def damaged() -> CursorError:
    """The error for a text that thoughtsearch never gave as a next_cursor."""
    return CursorError(
        "This is not a cursor of thoughtsearch, or a part of it is missing; pass a next_cursor whole and unchanged."
    )


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("no number")
    return value


def _place(moment: str | None, ident: object) -> tuple[str | None, int]:
    """Check a time and an id. The time is as `rows.utc_text` or PostgreSQL writes it: perhaps no datetime of Python's."""
    if moment is not None:
        rest = _TIME.fullmatch(moment)
        if rest is None:
            raise ValueError("no time")
        datetime.fromisoformat(f"2000{rest[1] or '-01-01'}")  # 2000 stands for any year, as it is a leap year
    return moment, _number(ident)


def decode(text: str, fingerprint: str) -> Cursor:
    """Decode the cursor of this request. Raises CursorError if it is damaged or belongs to another request."""
    try:
        packed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        inflating = zlib.decompressobj()
        version, owner, now, steps, newest, last = json.loads(inflating.decompress(packed, _LARGEST))
        if version != _VERSION or not inflating.eof:
            raise ValueError(version)
        cursor = Cursor(
            str(owner),
            datetime.fromisoformat(now),
            tuple(accumulate(map(_number, steps))),
            None if newest is None else _number(newest),
            None if last is None else _place(*last),
        )
        numbers = (*cursor.seen, cursor.newest or 0, cursor.last[1] if cursor.last else 0)
        if cursor.now.tzinfo is None or not all(-(2**63) <= number < 2**63 for number in numbers):
            raise ValueError(numbers)
    except (
        ValueError,
        OverflowError,
        TypeError,
        KeyError,
        IndexError,
        RecursionError,
        binascii.Error,
        zlib.error,
    ) as error:
        raise damaged() from error
    if cursor.fingerprint != fingerprint:
        raise CursorError(
            "The cursor belongs to another query: a page is continued with the same text and filters "
            "(limit, facets, total and explain may differ)."
        )
    return cursor
