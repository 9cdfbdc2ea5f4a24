"""From a record's fields to the table's columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from ..drafts import metadata as checked_metadata
from ..errors import InputError
from ..models import COLUMNS

#: Written by an export, and no columns to fill: the id is given anew.
_CARRIED = ("id", "metadata_text")


class FieldMapping:
    """Which column takes its value from which field or constant. A column without either takes the field of its name."""

    def __init__(
        self,
        fields: Mapping[str, str] | None = None,
        constants: Mapping[str, Any] | None = None,
        *,
        rest: str = "refuse",
    ) -> None:
        """`rest` of the fields: "refuse", "metadata" to keep them there, or "drop".

        The tags may come from several fields: `{"tags": "source,tool"}`. Raises InputError.
        """
        self._fields = {name: name for name in (*COLUMNS, *_CARRIED)} | dict(fields or {})
        self._tags = tuple(self._fields.pop("tags", "tags").split(","))
        self._agents: dict[str, int] = {}
        self._constants = dict(constants or {})
        self._rest = rest
        for column in (*(fields or {}), *self._constants):
            if column not in COLUMNS:
                raise InputError(f"{column!r:.60} is not a column of a thought; the columns are {', '.join(COLUMNS)}.")
        for column in self._constants:
            if column in (fields or {}):
                raise InputError(f"{column} is given both a field and a constant; choose one.")
            self._fields.pop(column, None)
        self._tags = () if "tags" in self._constants else self._tags
        self._used = frozenset((*self._fields.values(), *self._tags))

    def know(self, agents: Mapping[int, str]) -> None:
        """Use these agents' numbers for their names."""
        self._agents = {name.casefold(): number for number, name in agents.items()}

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record by columns. Raises InputError for a field that has no column, unless it goes elsewhere."""
        mapped = {column: record[field] for column, field in self._fields.items() if field in record}
        mapped |= self._constants
        if any(field in record for field in self._tags):
            mapped["tags"] = _together([record.get(field) for field in self._tags])
        for column in ("ai_id", "session_id"):
            self._numbered(column, mapped)
        rest = {field: value for field, value in record.items() if field not in self._used}
        if not rest or self._rest == "drop":
            return mapped
        if self._rest == "refuse":
            raise InputError(
                f"The field {next(iter(rest))!r:.60} is not a column of a thought; map it to one, "
                "or have the rest kept in the metadata (--meta-rest) or dropped (--drop-rest)."
            )
        # What is in the metadata already was put there on purpose, and stays.
        mapped["metadata"] = {**rest, **json.loads(checked_metadata(mapped.get("metadata")))}
        return mapped

    def _numbered(self, column: str, mapped: dict[str, Any]) -> None:
        """A name or a UUID in place of a number: the agent's number, or one made from it, and itself in the metadata."""
        named = mapped.get(column)
        if not isinstance(named, str) or not named.strip() or named.strip().lstrip("-").isdecimal():
            return
        known = self._agents.get(named.casefold()) if column == "ai_id" else None
        mapped[column] = stable_number(named) if known is None else known
        field = self._fields.get(column, column)
        mapped["metadata"] = {field: named, **json.loads(checked_metadata(mapped.get("metadata")))}


def stable_number(name: str) -> int:
    """The same number for the same text, in every file and at every time; 48 bits, so that no two of a million meet."""
    return int.from_bytes(sha256(name.encode("utf-8", "replace")).digest()[:6], "big")


def _together(values: Iterable[Any]) -> Any:
    given = [value for value in values if value]
    if len(given) < 2:
        return given[0] if given else None
    return [tag for value in given for tag in (value.split(",") if isinstance(value, str) else value)]


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """`COLUMN=VALUE` texts as a dict. Raises InputError where one isn't of that form or a column comes twice."""
    found: dict[str, str] = {}
    for text in given:
        column, equals, value = text.partition("=")
        if not column or not equals or not value:
            raise InputError(f"{option} takes two names with = between them; got {text!r:.60}.")
        if column in found:
            raise InputError(f"{option} names the column {column!r:.60} twice.")
        found[column] = value
    return found
