"""A table for the target like one of the source's: its columns, as the target's engine has them, and its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...engines.contract.transfer import Table
from ...engines.stored import Bridge, Column, is_boolean, is_json
from .differences import Differences
from .side import Side

_BATCH = 2_000


@dataclass(slots=True)
class _Trial:
    """A column that is made one way if all values fit, and another way else."""

    fits: Callable[[Any], bool]
    otherwise: Column
    reason: str = ""
    unfit: Differences = field(default_factory=Differences)


def made_like(source: Side, table: Table, target: Side) -> tuple[Table, list[str]]:
    """What the table will be in the target, by what its values allow, and what is to be said of it."""
    columns = [target.moving.as_here(one) for one in table.columns]
    trials: dict[int, list[_Trial]] = {}
    for at, (one, other) in enumerate(zip(table.columns, columns, strict=True)):
        wished = _wished(one, other)
        if wished is not None:
            trials.setdefault(at, []).append(_trial(wished, other))
            columns[at] = wished
        if other.required and other.name not in table.key and one.engine != other.engine:
            carry = Bridge(one, columns[at]).carry
            trials.setdefault(at, []).append(
                _Trial(
                    lambda value, carry=carry: value is None or carry(value) is not None,  # type: ignore[misc]
                    other._replace(required=False),
                    "may be NULL in the target, which can't hold what stands there",
                )
            )
    for ident, values in _rows(source, table) if trials else ():
        for at, tried in trials.items():
            for trial in tried:
                if not trial.fits(values[at]):
                    trial.unfit.add(ident, [None])
    notes = [f"{table.name}.{column}: {reason}" for column, reason in table.left]
    for at, tried in trials.items():
        for trial in tried:
            if trial.unfit.rows:
                kept = trial.otherwise._replace(required=trial.otherwise.required and columns[at].required)
                columns[at] = kept
                if trial.reason:
                    notes.append(f"{table.name}.{columns[at].name} {trial.reason}: ids {trial.unfit.listed()[0].shown}")
    named = {one.name: other.name for one, other in zip(table.columns, columns, strict=True)}
    key = tuple(named[name] for name in table.key if name in named)
    unique = tuple(tuple(named[name] for name in names) for names in table.unique if set(names) <= named.keys())
    return Table(table.name.lower(), tuple(columns), key, unique), notes


def _wished(one: Column, other: Column) -> Column | None:
    """What a column of SQLite's is on PostgreSQL where its values allow it, beyond what its type says."""
    if one.engine == other.engine or other.engine != "postgresql":
        return None
    if one.kind == "json" or (one.kind == "text" and one.name.casefold() == "metadata"):
        return other._replace(type="jsonb", kind="json")
    if one.kind == "integer" and one.name.casefold().startswith("is_"):
        return other._replace(type="boolean", kind="boolean")
    return None


def _trial(wished: Column, other: Column) -> _Trial:
    if wished.kind == "json":
        plain = other._replace(type="text", kind="text")
        return _Trial(is_json, plain, "is a text in the target, not JSONB, since not every value is JSON")
    return _Trial(is_boolean, other)


def _rows(source: Side, table: Table) -> Iterator[tuple[Any, Any]]:
    key = [[one.name for one in table.columns].index(name) for name in table.key]
    for batch in source.batches(table, None, _BATCH):
        for row in batch:
            yield [row.values[at] for at in key] or list(row.place), row.values
