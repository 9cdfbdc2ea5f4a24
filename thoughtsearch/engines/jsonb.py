"""Metadata in a jsonb column: how it is stored and read, and predicates as conditions; `query.predicates` defines them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ..clean import clean_json
from ..query.predicates import load_json
from ..query.tree import Meta
from . import rows
from .lexeme import Bind

_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
# What PostgreSQL's numeric can hold, in powers of ten: nothing that is stored lies beyond.
_LARGEST, _SMALLEST = 131_071, -16_383
_LARGEST_BITS = 435_408  # of an int below 10 ** _LARGEST; to compute that power takes milliseconds

_DEEPEST = 50


def meta_condition(node: Meta, bind: Bind) -> str:
    """True, false or NULL, which means false."""
    found = "t.metadata"
    for key in node.path:
        found = f"({found} -> {bind(key, 'text')})"  # by a text it looks into objects alone, never into arrays
    value = load_json(node.value)
    if node.operator == "exists":
        return f"({found} IS {'NOT ' if value else ''}NULL)"
    if node.operator == "eq":
        return _equal(node, found, value, bind)
    if node.operator == "in":
        held = [_text(one) for one in value if storable(one)]
        return f"({found} = ANY({bind(held, 'jsonb[]')}))"
    if node.operator == "contains":
        if not storable(value):
            return "false"
        # CASE, since the elements of what is no array can't be asked for.
        array = f"CASE WHEN jsonb_typeof({found}) = 'array' THEN {found} ELSE '[]' END"
        return f"EXISTS (SELECT 1 FROM jsonb_array_elements({array}) AS e(v) WHERE e.v = {bind(_text(value), 'jsonb')})"
    return _ordered(node.operator, found, value, bind)


def _equal(node: Meta, found: str, value: Any, bind: Bind) -> str:
    if not storable(value):
        return "false"
    exact = f"{found} = {bind(_text(value), 'jsonb')}"
    # An empty object or list leaves nothing for the index to look up.
    if isinstance(value, (dict, list)) or len(node.path) > _DEEPEST:
        return f"({exact})"
    for key in reversed(node.path):
        value = {key: value}
    # Implied by the exact test, and answered by the index.
    return f"(t.metadata @> {bind(_text(value), 'jsonb')} AND {exact})"


def _ordered(operator: str, found: str, value: Any, bind: Bind) -> str:
    sign = _SIGNS[operator]
    if isinstance(value, str):
        # By code point, which is the order of UTF-8's bytes.
        return f"(jsonb_typeof({found}) = 'string' AND ({found} #>> '{{}}') COLLATE \"C\" {sign} {bind(value, 'text')})"
    if isinstance(value, bool):
        return f"(jsonb_typeof({found}) = 'boolean' AND {found} {sign} {bind(_text(value), 'jsonb')})"
    if not isinstance(value, (int, Decimal)):
        return "false"
    is_number = f"jsonb_typeof({found}) = 'number'"
    if not storable(value):
        if abs(Decimal(value)) > 1:
            return f"({is_number})" if (value > 0) == (sign in ("<", "<=")) else "false"
        # Between nought and the least number that there can be.
        sign = (">" if value > 0 else ">=") if sign in (">", ">=") else ("<=" if value > 0 else "<")
        value = 0
    return f"({is_number} AND {found} {sign} {bind(_text(value), 'jsonb')})"


def storable(value: Any) -> bool:
    """Whether a jsonb can hold it."""
    if isinstance(value, (list, tuple)):
        return all(map(storable, value))
    if isinstance(value, dict):
        return all(map(storable, value.values()))
    if isinstance(value, Decimal):
        if not value.is_finite():
            return False
        return not value or (value.adjusted() <= _LARGEST and int(value.as_tuple().exponent) >= _SMALLEST)
    return not isinstance(value, int) or value.bit_length() <= _LARGEST_BITS


def _text(value: Any) -> str:
    """As JSON, with numbers as they are."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def stored_metadata(text: str) -> str:
    """A text for the jsonb column: a JSON object as it is; what is none, or beyond a jsonb, as a string that holds it."""
    try:
        value = load_json(text)
    except ValueError:
        return json.dumps(text)
    plain = "\\u" not in text or clean_json(value) == value
    return text if isinstance(value, dict) and plain and storable(value) else json.dumps(text)


def read_metadata(text: str | None) -> tuple[dict[str, Any], str | None]:
    """What a jsonb column holds, as `rows.metadata` has it."""
    if text is not None and text.startswith('"'):
        return {}, json.loads(text)
    return rows.metadata(text)
