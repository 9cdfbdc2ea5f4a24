"""What no engine can hold, replaced at the door: NUL and lone surrogates become U+FFFD, on every engine alike."""

from __future__ import annotations

import re
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """The text as it can be stored."""
    return _UNSTORABLE.sub("\ufffd", text) if _UNSTORABLE.search(text) else text


def shown(value: object) -> str:
    """The value for a message: short, and whatever its own repr does."""
    try:
        return f"{value!r:.80}"
    except Exception:  # an int of 5,000 digits has none
        return f"a value of type {type(value).__name__}"


def clean_json(value: Any) -> Any:
    """JSON data with every text in it cleaned, keys too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key) if isinstance(key, str) else key: clean_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(item) for item in value]
    return value
