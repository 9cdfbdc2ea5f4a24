"""`thoughtsearch query`."""

from __future__ import annotations

from typing import Any

import click

from .. import options
from ..command import TextCommand
from ..database import for_reading
from ..searching import run


@click.command(
    "query",
    cls=TextCommand,
    examples=(
        "thoughtsearch query why is the database locked",
        "thoughtsearch query 'sqlite OR postgres type:insight -draft' --since 2026-01-01",
        "thoughtsearch query 'lock*' --tag sqlite --where 'step>=2' --where status:done",
        "thoughtsearch query timeout --json --total --facet tags",
        "thoughtsearch query 'write lock' --all --explain",
        "thoughtsearch query 'who holds the lock?' --mode auto --embedder hashing",
    ),
)
@options.text
@options.database
@options.embedder
@options.filters
@options.matching
@options.page
@options.as_json
@options.as_jsonl
@options.full
@options.color
def command(text: tuple[str, ...], database: str | None, embedder: str | None, **given: Any) -> int:
    """Find thoughts by words, meaning and filters, best first.

    TEXT may hold phrases in quotes, prefixes (lock*), OR, -word, and filters such as tag:sqlite, type:insight, ai:3,
    cycle:120..140, since:7d and meta.step>=10. `-` reads it from stdin. Without TEXT the newest thoughts come first.
    """
    asked = options.words(text)
    with for_reading(database, embedder) as store:
        return run(store, asked, **given)
