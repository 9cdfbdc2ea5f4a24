"""Prints facets for a person: counts with bars, in the order of the engine, largest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from ..models import FacetValue
from .terminal import dim, visible_line
from .wrapping import display_width

_TITLES = {"ai": "Agents", "thought_type": "Types", "tags": "Tags", "time": "Time"}
_BAR = 24
_WIDEST = 32


def print_facets(facets: Mapping[str, Sequence[FacetValue]], top: int = 10) -> None:
    """Print up to `top` values of each facet. Time is whole, since a histogram with gaps misleads."""
    for name, values in facets.items():
        if not values:
            continue
        click.echo(click.style(_TITLES.get(name, name), bold=True))
        shown = values if name == "time" else values[:top]
        print_bars([(label(value), value.count) for value in shown])
        if len(values) > len(shown):
            click.echo(dim(f"  … and {len(values) - len(shown):,} more"))
        click.echo()


def label(value: FacetValue) -> str:
    """The name of the value for a person."""
    if value.value is None:
        return "(none)"
    name = f"{value.label} ({value.value})" if value.label else str(value.value)
    return visible_line(name if len(name) <= _WIDEST else name[: _WIDEST - 1] + "…")


def print_bars(rows: Sequence[tuple[str, int]]) -> None:
    """Print one bar for each row; the largest count fills the width."""
    most = max((count for _, count in rows), default=1)
    room = max((display_width(name) for name, _ in rows), default=0)
    digits = len(f"{most:,}")
    for name, count in rows:
        bar = "█" * max(1, round(_BAR * count / most))
        padding = " " * (room - display_width(name))
        click.echo(f"  {name}{padding}  {count:>{digits},}  {click.style(bar, fg='cyan')}")
