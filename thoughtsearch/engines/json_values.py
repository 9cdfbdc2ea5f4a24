"""Which JSON a jsonb can hold, and how the rest is stored: for PostgreSQL, and for values that are moved there."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ..query.metadata import holdable, object_of
from ..text.clean import clean_escapes


def storable(value: Any) -> bool:
    """Whether a jsonb can hold the value."""
    if isinstance(value, (list, tuple)):
        return all(map(storable, value))
    if isinstance(value, dict):
        return all(map(storable, value.values()))
    return not isinstance(value, (int, Decimal)) or holdable(value)


def stored_metadata(text: str) -> str:
    """A text for the jsonb column: the object that predicates read or, if there is none, a JSON string of the text."""
    return json.dumps(text) if object_of(text) is None else clean_escapes(text)
