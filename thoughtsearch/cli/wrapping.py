"""Wraps text with marked characters into lines of a given width. Marks continue across the breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import click

from .terminal import visible


def lines(text: str, marks: Iterable[tuple[int, int]] = (), *, width: int | None, flow: bool) -> list[str]:
    """Make the text safe and break it into lines, with marked parts in bold. `flow` turns its line breaks into blanks."""
    shown = text if text.isascii() and text.isprintable() else visible(text)
    marked = bytearray(len(shown))
    for start, end in marks:
        marked[start:end] = b"\1" * len(shown[start:end])
    if flow:
        shown, marked = _flowed(shown, marked)
    return [_rendered(shown[a:b], marked[a:b]) for a, b in breaks(shown, width)]


def _flowed(text: str, marked: bytearray) -> tuple[str, bytearray]:
    kept = [i for i, c in enumerate(text) if not c.isspace() or (i and not text[i - 1].isspace())]
    return "".join([" " if text[i].isspace() else text[i] for i in kept]), bytearray([marked[i] for i in kept])


def _rendered(text: str, marked: bytearray) -> str:
    if not any(marked):
        return text
    parts = []
    for mark, group in groupby(range(len(text)), marked.__getitem__):
        part = "".join([text[i] for i in group])
        parts.append(click.style(part, bold=True, fg="red") if mark else part)
    return "".join(parts)


def breaks(text: str, width: int | None) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends. It breaks at line breaks, and before `width` at a blank, or else anywhere."""
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        yield from _paragraph(text, start, end, width) if width else [(start, end)]
        start = end + 1


def _paragraph(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    while (stop := _fitting(text, start, end, width)) < end:
        blank = text.rfind(" ", start + 1, stop + 1)
        # Text without blanks (Chinese, a long path) breaks where the line is full.
        cut = blank if blank > start and text[start:blank].strip() else stop
        yield start, cut
        start = cut
        while start < end and text[start] == " ":
            start += 1
    yield start, end


def _fitting(text: str, start: int, end: int, width: int) -> int:
    """The end of the text from `start` that fits into one line; at least one character."""
    used = 0
    for position in range(start, end):
        used += display_width(text[position])
        if used > width:
            return max(position, start + 1)
    return end


def display_width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text) + 7 * text.count("\t")
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
