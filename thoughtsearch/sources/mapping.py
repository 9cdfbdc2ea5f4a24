"""Maps the fields of a record to the columns of the table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ..errors import InputError
from ..models import COLUMNS
from ..query.fields import stable_number
from ..records import NO_TIME, is_number, metadata_with

_EPOCH = re.compile(r"\s*[0-9]{9,19}(\.[0-9]*)?\s*")
_FIRST_SECOND, _LAST_SECOND = 100_000_000, 20_000_000_000  # in 1973 and in 2603
#: Fields of an export that fill no column: the thought gets a new id.
_CARRIED = ("id", "metadata_text")


class FieldMapping:
    """Says which field or constant fills which column. By default the field with the name of the column does."""

    def __init__(
        self,
        fields: Mapping[str, str] | None = None,
        constants: Mapping[str, Any] | None = None,
        *,
        rest: str = "refuse",
    ) -> None:
        """`rest` says what to do with the other fields: "refuse", keep them in the "metadata", or "drop".

        The tags may come from several fields: `{"tags": "source,tool"}`. Raises InputError.
        """
        self._fields = {name: name for name in (*COLUMNS, *_CARRIED)} | dict(fields or {})
        self._tags = tuple(self._fields.pop("tags", "tags").split(","))
        self._agents: dict[str, int] = {}
        #: The names that were turned into numbers of agents.
        self.named: dict[int, str] = {}
        self._constants = dict(constants or {})
        self._rest = rest
        self._as_they_are = not fields and not constants and rest == "refuse"
        for column in (*(fields or {}), *self._constants):
            if column not in COLUMNS:
                raise InputError(f"{column!r:.60} is not a column of a thought; the columns are {', '.join(COLUMNS)}.")
        for column in self._constants:
            if column in (fields or {}):
                raise InputError(f"{column} is given both a field and a constant; choose one.")
            self._fields.pop(column, None)
        self._tags = () if "tags" in self._constants else self._tags
        self._used = frozenset((*self._fields.values(), *self._tags))

    @property
    def is_plain(self) -> bool:
        """Whether records pass unchanged, as their fields are the table's columns."""
        return self._as_they_are

    def know(self, agents: Mapping[int, str]) -> None:
        """Use the numbers of these agents for their names."""
        self._agents = {name.casefold(): number for number, name in agents.items()}

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Map the record to columns. Raises InputError for a field without a column, unless `rest` says where it goes."""
        mapped = {column: record[field] for column, field in self._fields.items() if field in record}
        mapped |= self._constants
        if "created_at" in mapped:
            mapped["created_at"] = _moment(mapped["created_at"])
        if "thought_content" not in mapped:
            raise InputError(
                f"This record has no field {self._fields['thought_content']!r:.60} for thought_content; its fields are "
                f"{', '.join(map(str, record))[:200]}. Name the right one: --map thought_content=FIELD."
            )
        if any(field in record for field in self._tags):
            mapped["tags"] = _together([record.get(field) for field in self._tags])
        for column in ("ai_id", "session_id"):
            self._numbered(column, mapped)
        rest = {field: value for field, value in record.items() if field not in self._used}
        if not rest or self._rest == "drop":
            return mapped
        if self._rest == "refuse":
            raise InputError(
                f"{', '.join(map(repr, rest))[:200]}: not columns of a thought; map them to columns, "
                "keep them in the metadata (--meta-rest), or drop them (--drop-rest)."
            )
        mapped["metadata"] = metadata_with(rest, mapped.get("metadata"))
        return mapped

    def _numbered(self, column: str, mapped: dict[str, Any]) -> None:
        """Replace a name or UUID by the agent's number, or by a number made from it, and keep it in the metadata."""
        named = mapped.get(column)
        if not isinstance(named, str) or not named.strip() or is_number(named):
            return
        mapped[column] = stable_number(named)
        if column == "ai_id":
            mapped[column] = self._agents.setdefault(named.casefold(), mapped[column])
            if mapped[column] == stable_number(named):
                self.named[mapped[column]] = named
        field = self._fields.get(column, column)
        mapped["metadata"] = metadata_with({field: named}, mapped.get("metadata"))


def _moment(value: Any) -> Any:
    """Convert a time for a thought. A number, also as a text, counts seconds since 1970, or milliseconds or smaller."""
    if value in (None, ""):
        return NO_TIME  # the time of the import would be wrong
    if isinstance(value, bool) or not (
        isinstance(value, (int, float)) or (isinstance(value, str) and _EPOCH.fullmatch(value))
    ):
        return value
    try:
        seconds = float(value)
    except OverflowError:
        return value
    while _LAST_SECOND < seconds < math.inf:
        seconds /= 1_000
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        return value  # it isn't a time, and will be refused
    return datetime.fromtimestamp(seconds, timezone.utc)


def _together(values: Iterable[Any]) -> Any:
    given = [value for value in values if value]
    if len(given) < 2:
        return given[0] if given else None
    parts = [value.split(",") if isinstance(value, str) else value for value in given]
    return [tag for part in parts for tag in (part if isinstance(part, (list, tuple)) else [part])]


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """Parse `COLUMN=VALUE` texts into a dict. Raises InputError for another form, or for a column that comes twice."""
    found: dict[str, str] = {}
    for text in given:
        column, equals, value = text.partition("=")
        if not column or not equals or not value:
            raise InputError(f"{option} takes two names with = between them; got {text!r:.60}.")
        if column in found:
            raise InputError(f"{option} names the column {column!r:.60} twice.")
        found[column] = value
    return found
