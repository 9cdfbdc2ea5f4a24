"""Thoughts on their way in: each record checked and made ready to store, before anything is written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeAlias, TypeVar

from .errors import InputError
from .models import COLUMNS, Thought
from .query.arguments import SHORT_NAMES
from .query.metadata import object_of
from .query.times import parse_timestamp
from .text.clean import clean, clean_escapes, reading, shown
from .text.nesting import dumps, too_deep

_LARGEST = 2**63 - 1
_KNOWN = frozenset((*COLUMNS, "id", "metadata_text"))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ValidRecord:
    """A thought that can be stored as it is: texts cleaned, numbers in range, the time in UTC."""

    ai_id: int
    session_id: int | None
    cycle_number: int | None
    thought_content: str
    thought_type: str | None
    tags: tuple[str, ...]
    metadata: str
    created_at: datetime | None


#: As created_at: it is not known when this was thought. (Without a created_at a thought is of this moment.)
NO_TIME = object()


def default_ai() -> int:
    """The agent of a thought that names none: THOUGHTSEARCH_AI, else 0. Raises InputError where that is no number."""
    named = os.environ.get("THOUGHTSEARCH_AI") or "0"
    try:
        return int(named)
    except ValueError:
        raise InputError(f"THOUGHTSEARCH_AI holds an agent's number; it is {named!r:.40}.") from None


#: What can be stored: a ValidRecord is taken as it is.
Record: TypeAlias = Thought | Mapping[str, Any] | ValidRecord


def draft(record: Record, now: datetime | None = None) -> ValidRecord:
    """The record as it will be stored; `now` is the time of one without a created_at.

    A dict may use a column's short name, such as `ai` for `ai_id`. Raises InputError that says which column and why.
    """
    if isinstance(record, ValidRecord):
        return record
    if isinstance(record, Thought):
        record = {name: getattr(record, name) for name in COLUMNS} | {"metadata_text": record.metadata_text}
    elif not isinstance(record, Mapping):
        raise InputError(f"A thought is a Thought or a dict with the table's column names; got {type(record).__name__}.")
    with reading("A thought"):
        held = dict(record)
        if not held.keys() <= _KNOWN:
            held = _by_column(held)
    return ValidRecord(
        ai_id=_read(held, "ai_id", _ai_id),
        session_id=_read(held, "session_id", _optional_integer),
        cycle_number=_read(held, "cycle_number", _optional_integer),
        thought_content=_read(held, "thought_content", _content),
        thought_type=_read(held, "thought_type", _optional_text),
        tags=_read(held, "tags", lambda _, value: tags(value)),
        metadata=_read(held, "metadata_text", _optional_text) or _read(held, "metadata", lambda _, value: metadata(value)),
        created_at=_read(held, "created_at", lambda _, value: _created_at(value, now)),
    )


def _by_column(record: Mapping[Any, Any]) -> dict[str, Any]:
    """The record with columns in place of short names. Raises InputError for another name, or a column named twice."""
    named: dict[str, Any] = {}
    for spelled, value in record.items():
        name = SHORT_NAMES.get(spelled, spelled)
        if not isinstance(name, str) or name not in _KNOWN:
            raise InputError(f"{shown(spelled):.60} is not a column of a thought; the columns are {', '.join(COLUMNS)}.")
        if name in named:
            raise InputError(f"A thought takes {name} or its short name, which mean the same; got both.")
        named[name] = value
    return named


def _read(record: Mapping[str, Any], name: str, read: Callable[[str, Any], T]) -> T:
    with reading(name):
        return read(name, record.get(name))


def _ai_id(name: str, value: Any) -> int:
    return default_ai() if value is None else _integer(name, value)


def _content(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"thought_content takes a text; got {shown(value)}.")
    if not value.strip():
        raise InputError("A thought needs words: thought_content is empty.")
    return clean(value)


def is_number(text: str) -> bool:
    """Whether a text is a whole number that a column may hold."""
    return re.fullmatch(r"\s*-?[0-9]{1,19}\s*", text) is not None


def _integer(name: str, value: Any) -> int:
    if isinstance(value, str) and is_number(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        raise InputError(f"{name} takes a whole number; got {shown(value)}.")
    return value


def _optional_integer(name: str, value: Any) -> int | None:
    return None if value is None or value == "" else _integer(name, value)


def _optional_text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} takes a text; got {shown(value)}.")
    return clean(value) if value else None


def tags(value: Any) -> tuple[str, ...]:
    """Tags without blanks around them, each once. A text is read as comma-separated; a list's tags hold no comma."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(",")
    elif not isinstance(value, Iterable) or isinstance(value, (bytes, Mapping)):
        raise InputError(f"tags takes a list of texts; got {shown(value)}.")
    kept: dict[str, None] = {}
    for tag in value:
        if not isinstance(tag, str):
            raise InputError(f"A tag is a text; got {shown(tag)}.")
        if "," in tag:
            raise InputError(f"A tag can't hold a comma, which separates tags in the table; got {shown(tag)}.")
        if tag.strip(" "):
            kept[clean(tag.strip(" "))] = None
    return tuple(kept)


def metadata(value: Any) -> str:
    """The metadata as JSON text, which may nest as deep as it likes. Raises InputError for what isn't a JSON object."""
    if value is None or value == "":
        return "{}"
    if isinstance(value, str):
        if too_deep(value) and value.lstrip().startswith("{"):
            return clean_escapes(clean(value))  # whoever reads it takes it for a text
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            if object_of(value) is not None:  # with a number of more digits than int() takes
                return clean_escapes(clean(value))
            raise InputError(f"metadata takes a JSON object; this text is not JSON ({error}).") from error
    if not isinstance(value, Mapping):
        raise InputError(f'metadata takes an object such as {{"step": 4}}; got {shown(value)}.')
    try:
        return clean_escapes(clean(dumps(dict(value))))
    except (TypeError, ValueError) as error:
        raise InputError(f"metadata takes JSON values; {error}.") from error


def metadata_with(more: Any, value: Any) -> str:
    """The metadata `value` with more beside it, as JSON text. What is in `value` was put there on purpose, and stays."""
    added, own = metadata(more), metadata(value)
    if added == "{}" or own == "{}":
        return own if added == "{}" else added
    return f"{added[:-1]},{own.lstrip()[1:]}"  # of a key that stands twice the last one counts


def _created_at(value: Any, now: datetime | None) -> datetime | None:
    if value is NO_TIME:
        return None
    if value is None or value == "":
        return now or datetime.now(timezone.utc)
    if isinstance(value, str):
        value = parse_timestamp(value)
    if not isinstance(value, datetime):
        raise InputError(f"created_at takes a datetime or an ISO 8601 text; got {shown(value)}.")
    try:
        moment = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
        return datetime.combine(moment.date(), moment.timetz())  # no subclass, which may hold nanoseconds too
    except OverflowError:
        raise InputError(f"created_at lies outside the years 1 to 9999; got {shown(value)}.") from None
