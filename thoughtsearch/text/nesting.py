"""Handles JSON of any depth: tells how deep a text nests, and writes values that Python's own encoder can't.

Python's `json` fails if a value nests deeper than the interpreter's recursion limit allows at that moment. That differs
between versions and callers. What is stored, and what a predicate finds, must not differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

#: Metadata that nests deeper is stored as text. The outermost object is the first level. (MongoDB has the same limit.)
MAX_LEVELS = 100

# A string, closed or not, or one bracket. After a quote it always matches, so no text makes it scan twice.
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.?[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_LONG_INT = 4_000 * 3  # bits: Python writes integers of up to 4,300 digits unless told otherwise


def too_deep(text: str) -> bool:
    """Whether a JSON text nests deeper than MAX_LEVELS. For a text that isn't JSON the answer may be either."""
    if text.count("[") + text.count("{") <= MAX_LEVELS:
        return False
    level = 0
    for found in _STRUCTURE.finditer(text):
        sign = text[found.start()]
        if sign in "[{":
            level += 1
            if level > MAX_LEVELS:
                return True
        elif sign in "]}":
            level -= 1
    return False


def dumps(value: Any, *, default: Callable[[Any], Any] | None = None, allow_nan: bool = False) -> str:
    """Write compact JSON of a value of any depth, with integers of any length. Characters stay as they are.

    Raises TypeError or ValueError, with the message of Python's own encoder, for what JSON can't hold.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=allow_nan, separators=(",", ":"), default=default)
    except (RecursionError, ValueError):
        scalar = partial(json.dumps, ensure_ascii=False, allow_nan=allow_nan, default=default)
        return "".join(_pieces(value, scalar))


def _pieces(value: Any, scalar: Callable[[Any], str]) -> Iterator[str]:
    opened: set[int] = set()
    waiting: list[tuple[str, Any]] = [("value", value)]
    while waiting:
        kind, item = waiting.pop()
        if kind == "text":
            yield item
        elif kind == "end":
            opened.discard(item)
        elif isinstance(item, (dict, list, tuple)):
            if id(item) in opened:
                raise ValueError("Circular reference detected")
            opened.add(id(item))
            waiting += reversed([*_inside(item), ("end", id(item))])
        else:
            is_long = isinstance(item, int) and item.bit_length() > _LONG_INT
            yield str(Decimal(item)) if is_long else scalar(item)


def _inside(container: Any) -> Iterator[tuple[str, Any]]:
    is_object = isinstance(container, dict)
    yield "text", "{" if is_object else "["
    for number, item in enumerate(container):
        if number:
            yield "text", ","
        if is_object:
            yield "text", json.dumps({item: 0}, ensure_ascii=False)[1:-3]  # the key as JSON writes one, and the colon
            yield "value", container[item]
        else:
            yield "value", item
    yield "text", "}" if is_object else "]"
