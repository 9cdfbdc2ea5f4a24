"""The shape of the table on PostgreSQL: our own, or that of a found table, which keeps the types of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from ...errors import InputError, SchemaError
from ...records import ValidRecord
from ...sql import fill, statements

TABLE = "ai_thought_history"
#: The table that stands beside a found one and holds what is searched.
BESIDE = "thoughtsearch_thought"
NEEDED = ("id", "ai_id", "thought_content", "created_at")
#: The columns that adoption adds to a found table that lacks them.
ADDABLE = {"session_id": "bigint", "cycle_number": "bigint", "thought_type": "text", "tags": "text", "metadata": "text"}
_INTEGERS = ("smallint", "integer", "bigint")
_TEXTS = ("text", "character varying", "character")
#: How a search reads a column of one of these types. `h` is the row.
_AS_SEARCHED: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "id": {_INTEGERS: "h.id"},
    "ai_id": {_INTEGERS: "h.ai_id"},
    "session_id": {_INTEGERS: "h.session_id"},
    "cycle_number": {_INTEGERS: "h.cycle_number"},
    "thought_content": {_TEXTS: "h.thought_content::text"},
    "thought_type": {_TEXTS: "h.thought_type::text"},
    "tags": {("text[]",): "h.tags", _TEXTS: "/*schema*/thoughtsearch_tags(h.tags::text)"},
    "metadata": {
        ("jsonb",): "coalesce(h.metadata, '{}')",
        ("json", *_TEXTS): "/*schema*/thoughtsearch_json(h.metadata::text)",
    },
    "created_at": {
        ("timestamp with time zone",): "h.created_at",
        # A time without a zone is in UTC, whatever the zone of the session.
        ("timestamp without time zone", "date"): "(h.created_at::timestamp AT TIME ZONE 'UTC')",
    },
}
#: All columns of a thought, and those that are searched where they stand in the same table.
COLUMNS = (*_AS_SEARCHED, "search_vector", "search_length")


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Shape:
    """The schema of the table and, for a found table, the types of its columns."""

    schema: str
    types: Mapping[str, str] | None = None

    @property
    def is_found(self) -> bool:
        """Whether another program made the table. What is searched then stands beside it."""
        return self.types is not None

    @property
    def prefix(self) -> str:
        """The schema before the name of an object, in SQL."""
        return quoted(self.schema) + "."

    @property
    def indexed(self) -> str:
        """The name of the table that holds the vectors."""
        return BESIDE if self.is_found else TABLE

    def fill(self, sql: str) -> str:
        """A statement of the SQL files, filled in for this table."""
        return fill(sql, **self._holes)

    @cached_property
    def _holes(self) -> Mapping[str, str]:
        """What stands for each hole, those first that hold others."""
        prefix = quoted(self.schema) + "."
        held = {"columns": statements("postgres", "search")["columns"], "indexed": prefix + self.indexed}
        if self.types is None:
            return {**held, "table": prefix + TABLE, "rows": prefix + TABLE, "schema": prefix}
        adopt = statements("postgres", "adopt")
        held |= {"table": adopt["searched"], "rows": adopt["read"], "as_indexed": adopt["as_indexed"]}
        values = {f"{name}_value": _value(name, self.types.get(name)) for name in _AS_SEARCHED}
        return {**held, **values, "schema": prefix}

    def stored(self, record: ValidRecord, metadata: str) -> dict[str, Any]:
        """The record as values for the table's columns. `metadata` is the text for a jsonb column."""
        types = self.types or {}
        for name in ("ai_id", "session_id", "cycle_number"):
            _check_range(name, getattr(record, name), types.get(name, "bigint"))
        created: datetime | None = record.created_at
        if created is not None and types.get("created_at", "").endswith(("without time zone", "date")):
            created = created.astimezone(timezone.utc).replace(tzinfo=None)
        return {
            "ai_id": record.ai_id,
            "session_id": record.session_id,
            "cycle_number": record.cycle_number,
            "thought_content": record.thought_content,
            "thought_type": record.thought_type,
            "tags": ",".join(record.tags) if types.get("tags") in _TEXTS else list(record.tags),
            "metadata": record.metadata if types.get("metadata") in _TEXTS else metadata,
            "created_at": created,
        }


def _check_range(name: str, number: int | None, kind: str) -> None:
    largest = {"smallint": 2**15 - 1, "integer": 2**31 - 1}.get(kind)
    if largest is not None and number is not None and abs(number) > largest:
        raise InputError(
            f"{name} is of type {kind} in this table, which holds numbers up to {largest:,}; got {number:,}. Make the "
            f"column larger (ALTER TABLE {TABLE} ALTER COLUMN {name} TYPE bigint), or store into a database of our own."
        )


def checked(types: Mapping[str, str]) -> None:
    """Raises SchemaError if the table can't be adopted."""
    lacking = [name for name in NEEDED if name not in types]
    if lacking:
        raise SchemaError(
            f"The table {TABLE} has no column {', '.join(lacking)}; thoughtsearch can adopt one with at least "
            f"{', '.join(NEEDED)}."
        )
    for name in _AS_SEARCHED:
        if name in types:
            _value(name, types[name])


def _value(name: str, kind: str | None) -> str:
    if kind is None:
        return "NULL"
    for kinds, value in _AS_SEARCHED[name].items():
        if kind in kinds:
            return value
    expected = ", ".join(one for kinds in _AS_SEARCHED[name] for one in kinds)
    raise SchemaError(f"The column {name} of {TABLE} is of type {kind}; thoughtsearch can search {expected}.")
