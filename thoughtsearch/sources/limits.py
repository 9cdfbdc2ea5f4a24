"""Limits what an import reads from one source, so that no input fills the memory or never ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InputError
from .entry import Broken

#: How many bytes of a record that is too long are kept, to show which one it was.
KEPT = 1_000
RECORD = 64 << 20
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_SIZE = re.compile(r"\s*([0-9]{1,15})\s*([KMGT]?)(?:i?B)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes: the largest record, as it is in its file; and the largest size that a compressed file may unpack to."""

    record: int = RECORD
    unpacked: int = 4 << 30


class Oversized(bytes):
    """The beginning of a line that is longer than a record may be. The rest of the line was passed over."""

    #: The length of the whole line, and the longest that a record may be.
    length: int
    limit: int
    #: How many double quotes it holds. From that a reader of CSV knows whether the row ends with the line.
    quotes: int

    def __new__(cls, start: bytes, length: int, quotes: int, limit: int) -> Oversized:
        made = super().__new__(cls, start[:KEPT])
        made.length, made.quotes, made.limit = length, quotes, limit
        return made


def too_long(what: str, limit: int, start: bytes | str | None = None) -> Broken:
    """The reason why a record longer than the limit is left out."""
    return Broken(
        f"This {what} is longer than {in_words(limit)}, the limit for one record; --max-record raises it.",
        None if start is None else start[:KEPT],
    )


def in_words(size: int) -> str:
    """Write a number of bytes for a person: 64 MiB."""
    for unit, shift in (("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << shift:
            return f"{size / (1 << shift):.4g} {unit}"
    return f"{size} bytes"


def in_bytes(text: str) -> int:
    """Parse a size such as 64M or 2GiB into bytes. Raises InputError."""
    found = _SIZE.fullmatch(text)
    size = int(found[1]) << _UNITS[found[2].upper()] if found else 0
    if not size:
        raise InputError(f"A size is a number of bytes, or one with K, M, G or T behind it, such as 64M; got {text!r:.40}.")
    return size
