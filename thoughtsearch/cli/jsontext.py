"""JSON for stdout: safe to show on a terminal, and readable in every encoding."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import click

# Characters that json.dumps doesn't escape: DEL, C1, line separators and those that reorder text. They occur in strings.
_LEFT = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def dumps(record: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """Write JSON text without any control character."""
    text = json.dumps(record, ensure_ascii=ascii_only, indent=indent)
    return _LEFT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(record: Any, *, lines: bool = False) -> None:
    """Print JSON to stdout; in ASCII if its encoding isn't UTF-8; indented on a terminal, except for JSON Lines."""
    indent = 2 if sys.stdout.isatty() and not lines else None
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    click.echo(dumps(record, indent=indent, ascii_only=encoding not in ("utf8", "utf8sig")))
