"""What no engine can hold, replaced at the door: NUL and lone surrogates become U+FFFD, on every engine alike."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# One escape of a JSON string: a surrogate pair, what can't be stored, or any other.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def clean(text: str) -> str:
    """The text as it can be stored."""
    return _UNSTORABLE.sub("\ufffd", text) if _UNSTORABLE.search(text) else text


def clean_escapes(json: str) -> str:
    """A JSON text without escapes of what can't be stored; all else is left as it is written."""
    if "\\u" not in json:
        return json
    return _ESCAPE.sub(lambda found: "\ufffd" if found[1] else found[0], json)


def shown(value: object) -> str:
    """The value for a message: short, and whatever its own repr does."""
    try:
        return f"{value!r:.80}"
    except Exception:  # an int of 5,000 digits has none
        return f"a value of type {type(value).__name__}"
