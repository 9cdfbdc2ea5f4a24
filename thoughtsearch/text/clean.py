"""Cleans what a caller gives, so that every engine can store it, and reads it safely, whatever it is.

No engine can store NUL and lone surrogates; they become U+FFFD on every engine.
"""

from __future__ import annotations

import re
from types import TracebackType

from ..errors import InputError, ThoughtsearchError

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# One escape of a JSON string: a surrogate pair, one that can't be stored, or any other.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def clean(text: str) -> str:
    """The text as it can be stored. Of a subclass of str only the characters are read; no method of it is called."""
    if type(text) is not str:
        text = str.__str__(text)
    return _UNSTORABLE.sub("\ufffd", text) if _UNSTORABLE.search(text) else text


def clean_escapes(json: str) -> str:
    """A JSON text without escapes of characters that can't be stored. The rest stays as written."""
    if "\\u" not in json:
        return json
    return _ESCAPE.sub(lambda found: "\ufffd" if found[1] else found[0], json)


def shown(value: object) -> str:
    """The value for a message: short, and safe even if its repr fails."""
    try:
        return f"{value!r:.80}"
    except Exception:  # such as an int of 5,000 digits, which has no repr
        return f"a value of type {type(value).__name__:.40}"


class reading:  # noqa: N801  # reads as `with reading("tags"):`
    """Turns any error that a caller's object raises while it is read into an InputError.

    Such objects are arrays that have no truth value, lists that nest without end, numbers too long to print.
    """

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, Exception) and not isinstance(error, (ThoughtsearchError, MemoryError)):
            raise InputError(f"{self._what} can't be read: {_reason(error)}.") from error


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep, or holds itself"
    try:
        text = " ".join(str(error).split())[:200].rstrip(".")
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text else f"it raises {type(error).__name__}"
