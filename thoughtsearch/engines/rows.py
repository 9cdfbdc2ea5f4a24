"""The values of rows as Python values, the same on every engine."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from ..text.clean import clean_escapes
from ..text.nesting import MAX_LEVELS, too_deep


def utc_text(moment: datetime) -> str:
    """A time in the form of `created_utc`: 'YYYY-MM-DD HH:MM:SS[.ffffff]', which sorts as text."""
    text = moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(sep=" ")
    return text.rstrip("0").rstrip(".") if "." in text else text


def from_utc_text(text: str | None) -> datetime | None:
    """The time that such a text names. None if Python has no datetime for it."""
    if text is None:
        return None
    if len(text) > 19:
        text = text.ljust(26, "0")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    except ValueError:  # databases know the years 0 and 10,000, and SQLite accepts some texts that are no time
        return None


def decoded(metadata_text: str | None, created: str | None) -> tuple[dict[str, Any], str | None, datetime | None]:
    """The metadata as a dict, the text itself where the dict can't say what it says, and the time."""
    return (*metadata(metadata_text), from_utc_text(created))


def metadata(text: str | None) -> tuple[dict[str, Any], str | None]:
    """A metadata text as a dict, and the text itself where the dict can't say all of it."""
    if text is None or text == "" or text == "{}":
        return {}, None
    if len(text) > MAX_LEVELS and too_deep(text):
        return {}, text
    plain = clean_escapes(text) if "\\u" in text else text
    try:
        loaded = json.loads(plain, parse_float=_exact, parse_constant=_refuse)
    except _InexactError:
        return _nearest(plain), text
    except ValueError:
        return {}, text
    return (loaded, None) if isinstance(loaded, dict) else ({}, text)


def _nearest(text: str) -> dict[str, Any]:
    """The dict with each number as the nearest float. Empty if a number is beyond all floats."""
    try:
        loaded = json.loads(text, parse_float=_finite, parse_constant=_refuse)
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is beyond a float")
    return number


class _InexactError(Exception):
    """A float can't hold this number exactly, so the text is kept beside it."""


def _exact(text: str) -> float:
    number = float(text)
    if len(text) > 15 or "e" in text or "E" in text:
        try:
            if Decimal(text) != Decimal(repr(number)):
                raise _InexactError
        except InvalidOperation:
            raise _InexactError from None
    return number


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
