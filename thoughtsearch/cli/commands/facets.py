"""`thoughtsearch facets`."""

from __future__ import annotations

from typing import Any

import click

from ...query.arguments import FACETS, SearchOptions
from .. import options
from ..command import TextCommand
from ..database import for_reading
from ..facet_bars import print_facets
from ..hits import print_remarks
from ..jsontext import print_json
from ..nothing import FOUND, hint


@click.command(
    "facets",
    cls=TextCommand,
    examples=(
        "thoughtsearch facets",
        "thoughtsearch facets sqlite --since 2026-01-01 -n 5",
        "thoughtsearch facets --ai 1 --json",
    ),
)
@options.text
@options.database
@options.filters
@options.matching
@click.option("-n", "--limit", "top", type=click.IntRange(1), default=10, show_default=True, help="Values shown of each.")
@options.as_json
@options.color
def command(text: tuple[str, ...], database: str | None, top: int, as_json: bool, **given: Any) -> int:
    """Count thoughts by agent, type, tag and time: all of them, or those that match TEXT and the filters."""
    asked = options.words(text)
    filters = options.search_options(given)
    wanted: SearchOptions = {**filters, "limit": 1, "facets": FACETS, "total": True}
    with for_reading(database) as store:
        results = store.search(asked, **wanted)
        if as_json:
            record = results.to_dict()
            print_json({name: record.get(name) for name in ("total", "facets", "warnings")})
        elif results:
            click.echo(f"{results.total:,} {'thought' if results.total == 1 else 'thoughts'}\n")
            print_facets(results.facets, top)
        if not as_json:
            print_remarks(results)
        return FOUND if results else hint(store, asked, dict(filters))
