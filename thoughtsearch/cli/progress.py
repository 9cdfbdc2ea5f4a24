"""Progress bars. They appear on stderr, and only if that is a terminal."""

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
    """Show a bar; give a function to report progress to. It does nothing without a terminal or a known length."""
    if not length or not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as shown:
        yield lambda done: shown.update(max(0, min(done, length) - shown.pos))


@contextmanager
def rated_bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Show a bar with numbers: how many are done, how many a second, and how long it will take."""
    if not length or not sys.stderr.isatty():
        yield lambda done: None
        return
    began = time.monotonic()

    def rate(_: object) -> str:
        return f"{shown.pos / max(time.monotonic() - began, 0.001):,.0f}/s"

    # Entering the bar shows it, and calls rate().
    shown: ProgressBar[int] = click.progressbar(
        length=length, label=label, file=sys.stderr, show_pos=True, show_eta=True, item_show_func=rate
    )
    with shown:
        yield lambda done: shown.update(max(0, min(done, length) - shown.pos))
