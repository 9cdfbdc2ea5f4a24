"""`thoughtsearch similar`."""

from __future__ import annotations

from typing import Any

import click

from .. import options
from ..command import Exemplified
from ..database import for_reading
from ..searching import shown


@click.command(
    "similar",
    cls=Exemplified,
    examples=(
        "thoughtsearch backfill --embeddings --embedder hashing",
        "thoughtsearch similar 4",
        "thoughtsearch similar 4 -n 3 --json",
    ),
)
@click.argument("thought_id", metavar="ID", callback=options.thought_id)
@options.database
@options.filters
@options.limit
@options.cursor
@options.as_json
@options.as_jsonl
@options.full
@options.color
def command(thought_id: int, database: str | None, **given: Any) -> int:
    """Find the thoughts nearest in meaning to the thought with this ID, nearest first.

    The thoughts must be embedded: `thoughtsearch backfill --embeddings`. This needs no embedder.
    """
    with for_reading(database) as store:
        return shown(lambda **asked: store.similar(thought_id, **asked), store, "", **given)
