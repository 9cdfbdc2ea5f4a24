"""The entries that a reader yields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import InputError


class Broken(InputError):
    """Tells why a record can't be read. `record` is its text or data."""

    def __init__(self, reason: str, record: Any = None) -> None:
        super().__init__(reason)
        self.record = record.decode("utf-8", "replace").rstrip("\r\n") if isinstance(record, bytes) else record


class Entry(NamedTuple):
    """One record: its fields, or why it can't be read."""

    #: The number of its first line, from 1; in a database, the number of its row.
    line: int
    record: Mapping[str, Any] | InputError
    #: The lasting name of the record in its source. A record without one is recognised by its content.
    id: str | None = None
