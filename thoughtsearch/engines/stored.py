"""Values as a database stores them: how to carry one to another column, and whether two mean the same.

Stored values are compared, not what a search makes of them: a text in a column of numbers is no NULL. Between columns of
the same type a value must be the same in every respect. Between two types it is compared by its meaning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timezone
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from ..errors import InputError
from ..query.metadata import load_json
from ..query.times import parse_timestamp
from ..text.clean import clean, clean_escapes
from .canonical import meaning
from .json_values import storable, stored_metadata
from .rows import utc_text

_RANGES = {"smallint": 15, "integer": 31}
_TRUE, _FALSE = ("1", "t", "true", "y", "yes", "on"), ("0", "f", "false", "n", "no", "off")
# A time as a search reads it on SQLite: a whole date, and no more digits of a second than Python has.
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?!\d)(?![^.,]*[.,]\d{6}\d*[1-9])")


class Column(NamedTuple):
    """A column of a table. `kind` is integer, number, boolean, text, time, json, array, blob, any or other.

    `default` is the SQL after DEFAULT, where both engines know it. `counts` says that the column numbers new rows.
    """

    name: str
    type: str
    kind: str
    engine: str
    required: bool = False
    default: str | None = None
    counts: bool = False


class Blob(NamedTuple):
    """Bytes that are not a text."""

    content: bytes


class BadText(NamedTuple):
    """A text in SQLite whose bytes do not fit its encoding."""

    content: bytes


class JsonText(str):
    """The text inside a JSON string on PostgreSQL. A text that is no JSON is stored as such a string."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Bridge:
    """Carries values from one column to its counterpart. With `as_tags`, a text divided by commas equals a list."""

    source: Column
    target: Column
    as_tags: bool = False
    as_metadata: bool = False

    @property
    def verbatim(self) -> bool:
        """Whether the target can hold every value as it is."""
        one, other = self.source, self.target
        return one.engine == other.engine and (one.engine == "sqlite" or one.type == other.type)

    def carry(self, value: Any) -> Any:
        """The value for the target: the nearest that it can hold, or None."""
        return value if value is None or self.verbatim else self._carried(value)

    def plainer(self) -> Callable[[Any], Any]:
        """A function that gives the same hashable result for two values that mean the same."""
        if self.verbatim and self.source.kind == self.target.kind:
            return _meant if self.as_metadata else _exact
        if self.as_metadata:
            return lambda value: _meant(value or "{}")
        return _PLAIN[self._form()]

    def _form(self) -> str:
        kinds = {self.source.kind, self.target.kind}
        if "array" in kinds and self.as_tags:
            return "tags"
        return next((form for form in _FORMS if form in kinds), "text")

    def _carried(self, value: Any) -> Any:
        kind, form = self.target.kind, self._form()
        if form == "tags":
            return tags_of(value) if kind == "array" else ",".join(value)
        if kind == "array":
            return _list_of(value)
        if kind == "json":
            text = as_text(value)
            return stored_metadata(text or "{}") if self.as_metadata else stored_json(text)
        if self.target.engine == "sqlite":
            return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        found = _FOR_POSTGRES.get(kind)
        return found(self.target, value) if found else as_text(value)


def as_text(value: Any) -> str:
    """The value as a text column stores it."""
    if isinstance(value, (Blob, BadText)):
        return clean(value.content.decode("utf-8", "replace"))
    return clean(value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value))


def tags_of(value: Any) -> list[str]:
    """The tags in a text or a list, as a search sees them."""
    parts = value if isinstance(value, list) else as_text(value).split(",")
    return [tag for part in parts if part and (tag := part.strip(" "))]


def moment_of(value: Any) -> Any:
    """The value as a time in UTC. The value itself if it is no time, or if a datetime would cut it."""
    if isinstance(value, str) and _TIME.match(value.strip()):
        try:
            return parse_timestamp(value)
        except InputError:
            pass
    return value


def is_json(value: Any) -> bool:
    """Whether a jsonb can hold the JSON of this text."""
    return value is None or (isinstance(value, str) and stored_json(value) == value)


def stored_json(text: str) -> str:
    """A text for a jsonb column: JSON as it is. No JSON, or a JSON string, becomes a string of the whole text."""
    try:
        value = load_json(text)
        plain = not isinstance(value, str) and storable(value) and clean_escapes(text) == text
    except (ValueError, RecursionError):
        plain = False
    return text if plain else json.dumps(text)


def is_boolean(value: Any) -> bool:
    """Whether the value is true, false or NULL."""
    return value is None or isinstance(_boolean(value), bool)


# --- the forms in which values are compared ---


def _exact(value: Any) -> Any:
    # 1, 1.0 and True are equal in Python, but not in a database.
    if isinstance(value, list):
        return tuple(value)
    return (type(value).__name__, repr(value)) if isinstance(value, (int, float)) else value


def _text(value: Any) -> Any:
    if isinstance(value, Blob):
        try:
            return value.content.decode()
        except UnicodeDecodeError:
            return value
    if isinstance(value, (int, float)):
        return repr(value)
    return tuple(value) if isinstance(value, list) else value


def _time(value: Any) -> Any:
    moment = moment_of(value)
    return _text(value) if moment is value else moment


def _integer(value: Any) -> Any:
    number = _decimal(value)
    if number is None or not number.is_finite() or number.adjusted() > _LONGEST or number != number.to_integral_value():
        return _text(value)
    return int(number)


def _number(value: Any) -> Any:
    number = _decimal(value)
    if number is None:
        return _text(value)
    if not number.is_finite():
        return str(number)
    sign, digits, exponent = number.as_tuple()
    written = "".join(map(str, digits)).lstrip("0")
    shorter = written.rstrip("0")
    return (sign, shorter, int(exponent) + len(written) - len(shorter)) if shorter else (0, "", 0)


def _decimal(value: Any) -> Decimal | None:
    if not isinstance(value, (int, float, str)):
        return None
    try:
        return Decimal(repr(value) if isinstance(value, float) else str(value).strip())
    except (InvalidOperation, ValueError):
        return None


def _boolean(value: Any) -> Any:
    text = str(value).strip().lower() if isinstance(value, (int, float, str)) else ""
    return True if text in _TRUE else False if text in _FALSE else _text(value)


def _meant(value: Any) -> Any:
    if not isinstance(value, str):
        return _text(value)
    # Other values are put inside an object, since `meaning` takes nothing else.
    return meaning(value) if value.lstrip()[:1] == "{" else meaning(f'{{"": {value}}}')


def _elements(value: Any) -> Any:
    listed = _list_of(value)
    return _text(value) if listed is None else tuple(listed)


def _list_of(value: Any) -> list[str | None] | None:
    """A list of texts, given as a list or as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    plain = isinstance(value, list) and all(one is None or isinstance(one, str) for one in value)
    return value if plain else None


def _bytes(value: Any) -> Any:
    if isinstance(value, (Blob, BadText)):
        return value.content
    return value.encode() if isinstance(value, str) else _text(value)


def _tags(value: Any) -> Any:
    # A tag in a list may contain a comma, which divides tags in a text.
    return () if value is None else tuple(tags_of(value)) if isinstance(value, (str, list)) else (_text(value),)


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "tags": _tags,
    "array": _elements,
    "json": _meant,
    "time": _time,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "blob": _bytes,
    "text": _text,
}
_FORMS = ("array", "json", "time", "boolean", "integer", "number", "blob")
_LONGEST = 30  # digits: more than any engine's integer has


# --- how PostgreSQL stores a value from SQLite ---


def _as_integer(column: Column, value: Any) -> int | None:
    number = _integer(value)
    bits = _RANGES.get(column.type, 63)
    return number if isinstance(number, int) and -(2**bits) <= number < 2**bits else None


def _as_number(column: Column, value: Any) -> str | None:
    return None if _decimal(value) is None else as_text(value).strip()


def _as_boolean(column: Column, value: Any) -> bool | None:
    found = _boolean(value)
    return found if isinstance(found, bool) else None


def _as_time(column: Column, value: Any) -> str | None:
    moment = moment_of(value)
    if not hasattr(moment, "astimezone"):
        # Only PostgreSQL has times that Python has no datetime for.
        return value if isinstance(value, str) and column.engine == "postgresql" and _is_beyond(value) else None
    return utc_text(moment.astimezone(timezone.utc))


def _is_beyond(value: str) -> bool:
    return value.lstrip("-") == "infinity" or value.endswith(" BC") or re.match(r"\d{5,}-\d\d-\d\d ", value) is not None


def _as_bytes(column: Column, value: Any) -> Blob:
    found = _bytes(value)
    return Blob(found if isinstance(found, bytes) else as_text(value).encode())


_FOR_POSTGRES: dict[str, Callable[[Column, Any], Any]] = {
    "integer": _as_integer,
    "number": _as_number,
    "boolean": _as_boolean,
    "time": _as_time,
    "blob": _as_bytes,
}
