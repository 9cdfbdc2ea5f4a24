"""`thoughtsearch recent`."""

from __future__ import annotations

from typing import Any

import click

from .. import options
from ..command import Exemplified
from ..database import for_reading
from ..searching import run


@click.command(
    "recent",
    cls=Exemplified,
    examples=(
        "thoughtsearch recent",
        "thoughtsearch recent -n 3 --type insight --full",
        "thoughtsearch recent --ai 1 --since 2026-01-01 --jsonl",
    ),
)
@options.database
@options.filters
@options.limit
@options.cursor
@options.as_json
@options.as_jsonl
@options.full
@options.color
def command(database: str | None, **given: Any) -> int:
    """List the newest thoughts, newest first."""
    with for_reading(database) as store:
        return run(store, "", **given)
