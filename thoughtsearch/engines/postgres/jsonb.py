"""Metadata in a jsonb column: how to store and read it, and predicates as conditions. `query.predicates` defines them."""

from __future__ import annotations

import json
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any

from ...query.metadata import LARGEST, SMALLEST, holdable, load_json
from ...query.tree import Meta
from ...text.nesting import MAX_LEVELS
from ..json_values import storable
from .lexeme import Bind

_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_DEEPEST = 50
# Rounds down to the last digit that a stored number can have, whatever the number.
_DOWN = Context(prec=LARGEST - SMALLEST + 2, rounding=ROUND_FLOOR, Emax=999_999_999, Emin=-999_999_999, traps=[])
_STEP = Decimal((0, (1,), SMALLEST))

# Predicates read nothing of metadata that nests too deep, which another program may have stored as a jsonb. Only thoughts
# that otherwise match are tested for this. It is written NULLIF … IS NOT NULL, which the planner takes for nearly always
# true.
_TOO_DEEP = f'strict $.**{{{MAX_LEVELS}}} ? (@.type() == "object" || @.type() == "array")'
_IS_READ = f"nullif(pg_catalog.jsonb_path_exists(t.metadata, '{_TOO_DEEP}'), true) IS NOT NULL"


def meta_condition(node: Meta, bind: Bind) -> str:
    """The predicate as a condition that is true, false, or NULL, which means false."""
    if node.operator == "exists" and node.value == "false":
        return f"(NOT coalesce({_found(node, bind)} IS NOT NULL AND {_IS_READ}, false))"
    condition = _condition(node, bind)
    return condition if condition == "false" else f"({condition} AND {_IS_READ})"


def _found(node: Meta, bind: Bind) -> str:
    found = "t.metadata"
    for key in node.path:
        found = f"({found} -> {bind(key, 'text')})"  # a text as the key looks into objects only, never into arrays
    return found


def _condition(node: Meta, bind: Bind) -> str:
    found = _found(node, bind)
    value = load_json(node.value)
    if node.operator == "exists":
        return f"({found} IS NOT NULL)"
    if node.operator == "eq":
        return _equal(node, found, value, bind)
    if node.operator == "in":
        held = [_text(one) for one in value if storable(one)]
        return f"({found} = ANY({bind(held, 'jsonb[]')}))"
    if node.operator == "contains":
        if not storable(value):
            return "false"
        # CASE, since PostgreSQL fails when asked for the elements of what is no array.
        array = f"CASE WHEN pg_catalog.jsonb_typeof({found}) = 'array' THEN {found} ELSE '[]' END"
        elements = f"pg_catalog.jsonb_array_elements({array}) AS e(v)"
        return f"EXISTS (SELECT 1 FROM {elements} WHERE e.v = {bind(_text(value), 'jsonb')})"
    return _ordered(node.operator, found, value, bind)


def _equal(node: Meta, found: str, value: Any, bind: Bind) -> str:
    if not storable(value):
        return "false"
    exact = f"{found} = {bind(_text(value), 'jsonb')}"
    # The index can't look up an empty object or list.
    if isinstance(value, (dict, list)) or len(node.path) > _DEEPEST:
        return f"({exact})"
    for key in reversed(node.path):
        value = {key: value}
    # The exact test implies @>, which the index answers.
    return f"(t.metadata @> {bind(_text(value), 'jsonb')} AND {exact})"


def _ordered(operator: str, found: str, value: Any, bind: Bind) -> str:
    sign = _SIGNS[operator]
    if isinstance(value, str):
        # By code point, which is the order of UTF-8's bytes.
        text = f"({found} #>> '{{}}'::text[]) COLLATE \"C\""
        return f"(pg_catalog.jsonb_typeof({found}) = 'string' AND {text} {sign} {bind(value, 'text')})"
    if isinstance(value, bool):
        return f"(pg_catalog.jsonb_typeof({found}) = 'boolean' AND {found} {sign} {bind(_text(value), 'jsonb')})"
    if not isinstance(value, (int, Decimal)):
        return "false"
    if isinstance(value, Decimal) and value.is_nan():
        return "false"
    is_number = f"pg_catalog.jsonb_typeof({found}) = 'number'"
    if not holdable(value):
        value = Decimal(value)
        if not value.is_finite() or value.adjusted() > LARGEST:
            return f"({is_number})" if (value > 0) == (sign in ("<", "<=")) else "false"
        # The value lies between two neighbouring numbers that can be stored.
        value = value.quantize(_STEP, context=_DOWN)
        sign = ">" if sign in (">", ">=") else "<="
    return f"({is_number} AND {found} {sign} {bind(_text(value), 'jsonb')})"


def _text(value: Any) -> str:
    """The value as JSON, with its numbers unchanged."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
