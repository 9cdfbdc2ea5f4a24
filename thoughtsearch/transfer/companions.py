"""The tables beside the thoughts: agents and their names, CloudBrain's sessions and states, what imports have stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..clean import clean
from ..engines.canonical import meaning
from ..engines.statement import Plan, Row
from ..engines.transfer import Table
from ..errors import InputError
from ..query.times import parse_timestamp
from .side import Side

BATCH = 2_000
_NAMES = {"id", "name", "nickname"}
#: CloudBrain's tables and their keys, in the order in which they refer to each other.
BRAIN = {"ai_profiles": ("id",), "ai_work_sessions": ("id",), "ai_current_state": ("ai_id",)}
IMPORTS = {"thoughtsearch_imported": ("origin", "external_id"), "thoughtsearch_import_file": ("path",)}


@dataclass(frozen=True, slots=True)
class Pair:
    """One table as each side has it; `unknown` are columns of the source's that the target has not."""

    source: Table
    target: Table
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many of the source's rows the target has, and the first keys of those that are missing or other ones there."""

    name: str
    rows: int
    in_target: int
    different: int
    examples: tuple[Any, ...]
    unknown: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return not self.different

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "table": self.name,
            "rows": self.rows,
            "rows_in_target": self.in_target,
            "different": self.different,
            "examples": list(self.examples),
            "columns_left_out": list(self.unknown),
            "equal": self.equal,
        }


def agents(*, whole: bool) -> dict[str, tuple[str, ...]]:
    """The tables of a transfer that come before the thoughts, which may refer to them, with their keys."""
    return dict(BRAIN) if whole else {"ai_profiles": BRAIN["ai_profiles"]}


def carry(source: Side, target: Side, tables: Mapping[str, tuple[str, ...]], *, whole: bool) -> int:
    """Store what the target lacks of these tables, those that are missing made first; how many rows were looked at."""
    looked = 0
    for name, key in tables.items():
        columns = _columns(source, name)
        if not columns or not set(key) <= set(columns):
            continue
        pair = _pair(source, target, name, key, whole=whole, make=name in BRAIN)
        if pair is None:
            continue
        for batch in _batches(source, pair.source):
            # An agent without a name is known by its number alone.
            kept = batch if whole or "name" not in columns else [row for row in batch if row[_at(pair, "name")] is not None]
            if kept:
                target.connection.run(_store(target, pair.target, kept), write=True)
            looked += len(batch)
    return looked


def compare(source: Side, target: Side, tables: Mapping[str, tuple[str, ...]], *, whole: bool) -> Iterator[Compared]:
    """Each table that the source has, in what both sides know of it."""
    for name, key in tables.items():
        if not set(key) <= set(_columns(source, name)):
            continue
        pair = _pair(source, target, name, key, whole=whole, make=False)
        rows = int(source.ask(source.moving.count(name))[0][0])
        if pair is None:
            yield Compared(name, rows, 0, rows, (), ())
            continue
        different = _different(source, target, pair, whole=whole)
        in_target = int(target.ask(target.moving.count(name))[0][0])
        yield Compared(name, rows, in_target, len(different), tuple(different[:5]), pair.unknown)


def _at(pair: Pair, column: str) -> int:
    return list(pair.source.columns).index(column)


def _columns(side: Side, name: str) -> dict[str, str]:
    return {str(column): str(kind) for column, kind in side.ask(side.moving.columns(name))}


def _pair(source: Side, target: Side, name: str, key: tuple[str, ...], *, whole: bool, make: bool) -> Pair | None:
    """None where the target has no such table."""
    ours, theirs = _columns(source, name), _columns(target, name)
    if not theirs and make:
        target.connection.run(target.moving.create(name), write=True)
        theirs = _columns(target, name)
    if not theirs:
        return None
    if not set(key) <= set(theirs):
        raise InputError(f"The table {name} of {target.name} has no column {', '.join(key)}; move it out of the way.")
    wanted = [column for column in ours if whole or name not in BRAIN or column in _NAMES]
    both = [*key, *(column for column in wanted if column in theirs and column not in key)]
    return Pair(
        Table(name, key, {column: ours[column] for column in both}),
        Table(name, key, {column: theirs[column] for column in both}),
        tuple(column for column in wanted if column not in theirs),
    )


def _batches(side: Side, table: Table, limit: int = BATCH) -> Iterator[list[Row]]:
    after: Row | None = None
    while batch := side.ask(side.moving.rows(table, after, limit)):
        yield batch
        after = batch[-1][: len(table.key)]


def _store(target: Side, table: Table, rows: list[Row]) -> Plan[None]:
    yield target.moving.keep(table, rows)
    largest = rows[-1][0]
    if table.key == ("id",) and isinstance(largest, int) and largest > 0:
        yield from target.moving.reserve(table.name, "id", largest)


def _different(source: Side, target: Side, pair: Pair, *, whole: bool) -> list[Any]:
    """The keys of the source's rows that the target hasn't or has otherwise."""
    width = len(pair.source.key)
    forms = [
        _form(ours, theirs) for ours, theirs in zip(*(t.columns.values() for t in (pair.source, pair.target)), strict=True)
    ]
    held: dict[Any, list[Any]] = {}
    for batch in _batches(target, pair.target):
        held |= {tuple(row[:width]): _plain(row, forms) for row in batch}
    different = []
    for batch in _batches(source, pair.source):
        for row in batch:
            nameless = not whole and "name" in pair.source.columns and row[_at(pair, "name")] is None
            if not nameless and held.get(tuple(row[:width])) != _plain(row, forms):
                different.append(row[0] if width == 1 else list(row[:width]))
    return different


def _plain(row: Row, forms: list[Callable[[Any], Any]]) -> list[Any]:
    return [None if value is None else form(value) for value, form in zip(row, forms, strict=True)]


def _form(ours: str, theirs: str) -> Callable[[Any], Any]:
    """How a value of a column is compared, by the types it has on both sides."""
    kinds = (ours, theirs)
    if any(kind.startswith("timestamp") for kind in kinds):
        return _moment
    if any(kind.startswith("json") for kind in kinds):
        return lambda value: meaning(_text(value)) if value else None
    return int if "boolean" in kinds else lambda value: value if isinstance(value, (int, float)) else _text(value)


def _text(value: Any) -> str:
    return clean(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def _moment(value: Any) -> Any:
    try:
        return parse_timestamp(_text(value))
    except InputError:
        return None
