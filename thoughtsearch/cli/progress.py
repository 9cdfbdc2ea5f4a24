"""Progress bars: on stderr, and only where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..location import Location


@contextmanager
def bar(label: str, length: int | None) -> Iterator[Callable[[int], None]]:
    """A function that is told how far it has come. Does nothing where nobody looks or the length isn't known."""
    if not length or not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as shown:
        yield lambda done: shown.update(max(0, min(done, length) - shown.pos))


def index_with_bar(location: Location) -> int:
    """Index what is not indexed yet; how many."""
    from ..backfill import backfill

    if not sys.stderr.isatty():
        return backfill(location, lambda done, total: None)
    # The length is known when the first batch is done.
    with click.progressbar(length=1, label="Indexing", file=sys.stderr) as shown:

        def progress(done: int, total: int) -> None:
            shown.length = max(total, 1)
            shown.update(max(0, done - shown.pos))

        return backfill(location, progress)
