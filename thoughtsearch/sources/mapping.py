"""From a record's fields to the table's columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
        """`rest` of the fields: "refuse", "metadata" to keep them there, or "drop". Raises InputError."""
        self._fields = {name: name for name in (*COLUMNS, *_CARRIED)} | dict(fields or {})
        self._constants = dict(constants or {})
        self._rest = rest
        for column in (*(fields or {}), *self._constants):
            if column not in COLUMNS:
                raise InputError(f"{column!r:.60} is not a column of a thought; the columns are {', '.join(COLUMNS)}.")
        for column in self._constants:
            if column in (fields or {}):
                raise InputError(f"{column} is given both a field and a constant; choose one.")
            del self._fields[column]
        self._used = frozenset(self._fields.values())

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record by columns. Raises InputError for a field that has no column, unless it goes elsewhere."""
        mapped = {column: record[field] for column, field in self._fields.items() if field in record}
        mapped |= self._constants
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
