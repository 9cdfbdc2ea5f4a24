"""Prints the figures for a person: one line for each figure, with the engines side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

_TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def table(figures: Mapping[str, Any]) -> str:
    """Make the aligned table of all figures."""
    engines = list(figures["engines"])
    lines = [f"{figures['thoughts']:,} thoughts"]
    for name, settings in figures["engines"].items():
        rest = ", ".join(f"{key}={value}" for key, value in settings.items() if key != "version")
        lines.append(f"{_TITLES[name]} {settings['version']}: {rest}")
    rows = list(_rows(figures, engines))
    room = max(len(row[0]) for row in rows)
    widths = [max(len(row[column]) for row in rows) for column in range(1, len(rows[0]))]
    for name, *values in rows:
        cells = "".join(f"  {value:>{width}}" for value, width in zip(values, widths, strict=True))
        lines.append(f"{name:<{room}}{cells}".rstrip())
    return "\n".join(lines)


def _rows(figures: Mapping[str, Any], engines: list[str]) -> Iterable[list[str]]:
    compared = len(engines) > 1
    blank = [""] * (len(engines) + compared)

    def row(name: str, values: Mapping[str, Any], shown: Callable[[Any], str], size: Callable[[Any], float]) -> list[str]:
        cells = [shown(values[engine]) for engine in engines]
        if compared:
            first, second = (size(values[engine]) for engine in engines)
            cells.append(f"{second / first:.2f}" if first else "–")
        return [f"  {name}", *cells]

    yield ["", *(_TITLES[engine] for engine in engines), *(["ratio"] if compared else [])]
    yield ["ingest, thoughts a second", *blank]
    yield row("add_many", figures["ingest"]["add_many_rows_per_s"], _whole, float)
    yield row("add, one by one", figures["ingest"]["add_commits_per_s"], _whole, float)
    yield ["search, ms at the median / at 95 %", *blank]
    for one in figures["search"]:
        yield row(one["kind"], one["engines"], lambda at: f"{at['p50_ms']:.2f} / {at['p95_ms']:.1f}", _field("p50_ms"))
    yield ["writers, commits a second", *blank]
    for one in figures["writers"]:
        yield row(_number(one["writers"]), one["engines"], lambda at: _whole(at["commits_per_s"]), _field("commits_per_s"))
    yield ["writers, slowest / fastest", *blank]
    for one in figures["writers"][1:]:
        share = _field("slowest_to_fastest")
        yield row(_number(one["writers"]), one["engines"], lambda at: f"{at['slowest_to_fastest']:.2f}", share)
    yield ["writers, longest wait in ms", *blank]
    for one in figures["writers"]:
        yield row(
            _number(one["writers"]), one["engines"], lambda at: _whole(at["longest_wait_ms"]), _field("longest_wait_ms")
        )
    errors = sum(at["errors"] for one in figures["writers"] for at in one["engines"].values())
    if errors:
        yield [f"  errors: {errors:,}", *blank]
    yield ["size, MB", *blank]
    yield row("all", figures["bytes"], lambda at: _megabytes(at["total"]), _field("total"))
    yield row("of it for full text", figures["bytes"], lambda at: _megabytes(at["text_index"]), _field("text_index"))
    if compared:
        asked, same = (sum(one[name] for one in figures["search"]) for name in ("queries", "same_hits"))
        yield [f"same thoughts in the same order: {same} of {asked} queries", *blank]


def _number(writers: int) -> str:
    return "1 process" if writers == 1 else f"{writers} processes"


def _field(name: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda at: float(at[name])


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _megabytes(value: float) -> str:
    return f"{value / 1e6:,.1f}"
