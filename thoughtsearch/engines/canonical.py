"""Metadata in one form, whichever engine it came from. A jsonb forgets the order of keys and how numbers were written."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ..models import Thought
from ..query.metadata import object_of
from ..text.clean import clean_escapes
from . import rows

# Numbers that Python writes in one way, and a jsonb in another.
_REWRITTEN = re.compile(r"[0-9]e\+|-0\.0")


def canonical(thought: Thought) -> Thought:
    """The thought with its metadata in the form that both engines can give: keys in order, numbers written out."""
    text = thought.metadata_text
    if text is None:
        if not thought.metadata:
            return thought
        text = json.dumps(thought.metadata, sort_keys=True)
        if not _REWRITTEN.search(text):
            return replace(thought, metadata=json.loads(clean_escapes(text)))
    value = object_of(text)
    if value is None:
        return thought
    metadata, kept = rows.metadata(_written(value))
    return replace(thought, metadata=metadata, metadata_text=kept)


def meaning(metadata: str | None) -> str:
    """A text that is equal for two metadata texts with the same meaning.

    Numbers are compared by value. A text that is no JSON object is kept as it is.
    """
    value = object_of(metadata or "{}")
    if value is None:
        return json.dumps(metadata)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except TypeError:  # there is a Decimal in it
        return _written(value, by_value=True)


def _written(value: Any, *, by_value: bool = False) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)}:{_written(value[key], by_value=by_value)}" for key in sorted(value))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_written(item, by_value=by_value) for item in value]) + "]"
    if isinstance(value, Decimal):
        text = format(value if value else abs(value), "f")
        return text.rstrip("0").rstrip(".") if by_value and "." in text else text
    return json.dumps(value)
