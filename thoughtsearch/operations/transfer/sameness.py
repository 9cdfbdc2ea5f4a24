"""Whether two thoughts are the same one: by what they say, however it is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from ...engines.canonical import meaning
from ...engines.stored import as_text, moment_of, tags_of
from ...models import COLUMNS

_NUMBERS = ("ai_id", "session_id", "cycle_number")


def digest(names: Sequence[str], values: Sequence[Any]) -> bytes:
    """16 bytes that two thoughts share where they say the same. What can't be read as its column's is as nothing."""
    row = {name.casefold(): value for name, value in zip(names, values, strict=True)}
    said = [row.get("id"), *(_said(name, row.get(name)) for name in COLUMNS)]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).digest()


def _said(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        return value if isinstance(value, int) else 0 if name == "ai_id" else None
    if name == "tags":
        return [] if value is None else tags_of(value)
    if name == "metadata":
        return meaning(None if value is None else as_text(value))
    if name == "created_at":
        moment = moment_of(value)
        return moment.isoformat() if hasattr(moment, "isoformat") else None
    return ("" if name == "thought_content" else None) if value is None else as_text(value)
