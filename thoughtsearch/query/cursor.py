"""The opaque cursor: which request it continues, the moment that its relative times refer to, and where it stands.

A ranked list is continued by what was shown already and by the newest thought that existed then: scores move with every
write, so a last score would skip or repeat; this way each thought of the first page's time comes exactly once, in the
order of the scores at the time of each page. A list by time is continued by its last (created_at, id).
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
_TIME = re.compile(r"[0-9]{4,6}(-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,6})?")
_LARGEST = 4_000_000  # bytes of a decoded cursor: nobody can make this process inflate more


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list of results."""

    fingerprint: str
    now: datetime
    seen: tuple[int, ...] = ()
    newest: int | None = None
    last: tuple[str | None, int] | None = None

    def encode(self) -> str:
        """The text for `next_cursor`."""
        ids = sorted(self.seen)
        steps = [after - before for before, after in zip([0, *ids], ids, strict=False)]
        state = [_VERSION, self.fingerprint, self.now.isoformat(), steps, self.newest, self.last]
        packed = zlib.compress(json.dumps(state, separators=(",", ":")).encode(), 9)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def damaged() -> CursorError:
    """The error for what nobody was given as a next_cursor."""
    return CursorError(
        "This is not a cursor of thoughtsearch, or a part of it is missing; pass a next_cursor whole and unchanged."
    )


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("no number")
    return value


def _place(moment: str | None, ident: object) -> tuple[str | None, int]:
    """The time as `rows.utc_text` writes it, but that its year may have more digits than Python counts; and the id."""
    if moment is not None:
        rest = _TIME.fullmatch(moment)
        if rest is None:
            raise ValueError("no time")
        datetime.fromisoformat(f"2000{rest[1]}")  # a leap year
    return moment, _number(ident)


def decode(text: str, fingerprint: str) -> Cursor:
    """The cursor of this request. Raises CursorError for a damaged one and for one of another request."""
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
