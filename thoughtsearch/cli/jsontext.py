"""JSON for stdout: safe to look at on a terminal, and readable in every encoding."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import click

# What json.dumps leaves as it is: DEL, C1, line separators and what reorders text. They occur inside strings only.
_LEFT = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def dumps(record: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """JSON text without a single control character."""
    text = json.dumps(record, ensure_ascii=ascii_only, indent=indent)
    return _LEFT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(record: Any, *, lines: bool = False) -> None:
    """Onto stdout, in ASCII where that can't hold every character; indented on a terminal unless for JSON Lines."""
    indent = 2 if sys.stdout.isatty() and not lines else None
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    click.echo(dumps(record, indent=indent, ascii_only=encoding not in ("utf8", "utf8sig")))
