"""What comes from a caller, at the door: made such that every engine can hold it, and read whatever it is.

NUL and lone surrogates, which no engine can hold, become U+FFFD on every engine alike.
"""

from __future__ import annotations

import re
from types import TracebackType

from ..errors import InputError, ThoughtsearchError

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# One escape of a JSON string: a surrogate pair, what can't be stored, or any other.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def clean(text: str) -> str:
    """The text as it can be stored. Of a subclass of str the characters are taken, and nothing that it does."""
    if type(text) is not str:
        text = str.__str__(text)
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
        return f"a value of type {type(value).__name__:.40}"


class reading:  # noqa: N801  # reads as `with reading("tags"):`
    """While what a caller gave is read: any error that an object of theirs raises becomes an InputError.

    Such objects are arrays that have no truth value, lists without an end to their nesting, numbers too long to print.
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
