"""Makes text safe for a terminal, and finds its width. Stored text isn't trusted: it must not control the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

# Unicode has pictures of C0. C1 and the characters that reorder text (bidi embeddings, overrides, isolates) have none.
_CONTROLS: dict[int, str] = {code: chr(0x2400 + code) for code in range(32)}
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
_CONTROLS |= {0x7F: "\u2421", 0x2028: " ", 0x2029: " "}
_IN_TEXT = {code: shown for code, shown in _CONTROLS.items() if chr(code) not in "\n\t"}


def visible(text: str) -> str:
    """The text with a visible sign for each control character except newline and tab. Its length stays."""
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", " \n").translate(_IN_TEXT)


def visible_line(text: str) -> str:
    """The same for text in one line, such as names, types and tags."""
    return text if text.isascii() and text.isprintable() else text.translate(_CONTROLS)


def columns() -> int | None:
    """The width of the terminal; None if stdout is no terminal, where lines stay as they are."""
    if not sys.stdout.isatty():
        return None
    try:
        return max(20, int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stdout.fileno()).columns or 80))
    except (OSError, ValueError):
        return 80


def set_color(ctx: click.Context, param: click.Parameter, value: bool | None) -> bool | None:
    """Tell click to use colours if the user asks for them, by default on a terminal that wants them."""
    if value is None:
        dumb = os.environ.get("TERM") == "dumb"
        value = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and not dumb
    ctx.color = value
    return value


def note(text: str) -> None:
    """Print a remark to stderr, apart from the output."""
    click.echo(f"note: {visible(text)}", err=True)


def dim(text: str) -> str:
    """Style secondary text."""
    return click.style(text, dim=True)


def styled_line(parts: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Join untrusted texts into one line. Each is made safe first, and then styled."""
    return "  ".join([click.style(visible_line(text), **style) if style else visible_line(text) for text, style in parts])
