"""What a reader yields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import InputError


class Broken(InputError):
    """Why a record can't be read; `record` is what stands there, text or data."""

    def __init__(self, reason: str, record: Any = None) -> None:
        super().__init__(reason)
        self.record = record.decode("utf-8", "replace").rstrip("\r\n") if isinstance(record, bytes) else record


class Entry(NamedTuple):
    """One record: its fields, or why it can't be read."""

    #: The number of its first line, from 1; of its row, in a database.
    line: int
    record: Mapping[str, Any] | InputError
    #: What names it in its source for good. Without one it is known by its content.
    id: str | None = None
