"""Progress bars: on stderr, and only where that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


@contextmanager
def bar(label: str, length: int | None) -> Iterator[Callable[[int], None]]:
    """A function that is told how far it has come. Does nothing where nobody looks or the length isn't known."""
    if not length or not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as shown:
        yield lambda done: shown.update(max(0, min(done, length) - shown.pos))


@contextmanager
def rated_bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """The same with numbers: how many, how many a second, and how long it will take."""
    if not length or not sys.stderr.isatty():
        yield lambda done: None
        return
    began = time.monotonic()

    def rate(_: object) -> str:
        return f"{shown.pos / max(time.monotonic() - began, 0.001):,.0f}/s"

    # Entering it shows it, and asks for the rate.
    shown: ProgressBar[int] = click.progressbar(
        length=length, label=label, file=sys.stderr, show_pos=True, show_eta=True, item_show_func=rate
    )
    with shown:
        yield lambda done: shown.update(max(0, min(done, length) - shown.pos))
