"""Metadata predicates: makes tree nodes of `{"step": {"$gte": 10}}` or `step>=10`, and defines their meaning.

A predicate is true or false for a thought, never an error. Numbers compare with numbers by their exact value, strings
with strings by code point, booleans with booleans. A predicate is false for a value of another type, for a missing key,
and for metadata of which nothing is read (`query/metadata.py` says when). `$ne`, `$nin` and `$not` are exact complements,
so they are true there. Every number that metadata can hold is less than infinity and greater than minus infinity.
Every comparison with NaN is false.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ..errors import InputError
from ..text.clean import clean, clean_escapes, shown
from ..text.nesting import MAX_LEVELS, dumps, too_deep
from .metadata import load_json, object_of
from .tree import MatchAll, Meta, Node, Not, all_of, any_of

#: How deep a query may nest. SQLite's parser gives up at a depth of 100, and each level here takes several there.
MAX_DEPTH = 12

#: What a path leads to where there is nothing.
MISSING = object()


def json_kind(value: Any) -> str:
    """The name of the type that JSON gives to the value. Values of different kinds are never equal."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, Decimal)):
        return "number"
    return type(value).__name__


def _is_nan(value: Any) -> bool:
    return isinstance(value, Decimal) and value.is_nan()


def _same(found: Any, wanted: Any) -> bool:
    if json_kind(found) != json_kind(wanted):
        return False
    if isinstance(found, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(found, dict):
        return found.keys() == wanted.keys() and all(_same(found[key], wanted[key]) for key in found)
    return bool(found == wanted)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(found: Any, wanted: Any) -> bool:
        kind = json_kind(found)
        ordered = kind == json_kind(wanted) and kind in {"boolean", "number", "str"} and not _is_nan(wanted)
        return ordered and compare(found, wanted)

    return test


#: What each operator means for a value that is there. Only `exists` also tests a missing one.
OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": _same,
    "gt": _ordered(lambda found, wanted: found > wanted),
    "gte": _ordered(lambda found, wanted: found >= wanted),
    "lt": _ordered(lambda found, wanted: found < wanted),
    "lte": _ordered(lambda found, wanted: found <= wanted),
    "in": lambda found, wanted: any(_same(found, one) for one in wanted),
    "contains": lambda found, wanted: isinstance(found, list) and any(_same(one, wanted) for one in found),
    "exists": lambda found, wanted: (found is not MISSING) == wanted,
}
_COMPLEMENTS = {"ne": "eq", "nin": "in"}
_SYMBOLS = {":": "eq", "=": "eq", "==": "eq", "!=": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
#: The names of all comparisons.
COMPARISONS = tuple(f"${name}" for name in (*OPERATORS, *_COMPLEMENTS))
_DOLLAR_NAMES = " ".join((*COMPARISONS, "$and", "$or", "$not"))


def holds(meta: Meta, metadata: str | None) -> bool:
    """Whether the predicate is true for this metadata text."""
    found: Any = cached_object(metadata)
    for key in meta.path:
        if not isinstance(found, dict) or key not in found:
            found = MISSING
            break
        found = found[key]
    if found is MISSING and meta.operator != "exists":
        return False
    return OPERATORS[meta.operator](found, _value(meta.value))


# Several predicates test the same row one after the other, so caching a few texts is enough.
cached_object = lru_cache(maxsize=8)(object_of)


@lru_cache(maxsize=256)
def _value(text: str) -> Any:
    return load_json(text)


# --- from the caller's forms into the tree -------------------------------------------------------------------------


def from_mapping(where: Mapping[str, Any], depth: int = 0) -> Node:
    """Make a node of the dict form. Raises InputError for an unknown operator, or a value that an operator can't take."""
    if depth > MAX_DEPTH:
        raise InputError(f"where nests $and, $or and $not deeper than {MAX_DEPTH}; write it flatter.")
    if not isinstance(where, Mapping):
        raise InputError(f'where takes a dict such as {{"status": "done"}}; got {shown(where)}.')
    nodes: list[Node] = []
    for key, condition in where.items():
        if not isinstance(key, str):
            raise InputError(f"Metadata keys are strings; where has the key {shown(key)}.")
        if key in ("$and", "$or"):
            if not isinstance(condition, (list, tuple)):
                raise InputError(f"{key} takes a list of conditions; got {shown(condition)}.")
            branches = [from_mapping(branch, depth + 1) for branch in condition]
            nodes.append(all_of(branches) if key == "$and" else _any_of(branches))
        elif key == "$not":
            nodes.append(Not(from_mapping(condition, depth + 1)))
        elif key.startswith("$"):
            raise InputError(
                f"{key!r:.60} can't stand where a metadata key is expected; use one of $and $or $not there, "
                "or write a key that begins with $ in double quotes."
            )
        else:
            nodes.append(_condition(parse_path(key), condition, depth))
    return all_of(nodes)


def _any_of(branches: list[Node]) -> Node:
    return any_of(branches) if branches else Not(MatchAll())  # of no conditions, none holds


def _condition(path: tuple[str, ...], condition: Any, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise InputError(f"where nests $not deeper than {MAX_DEPTH}; write it flatter.")
    if not isinstance(condition, Mapping) or not any(str(key).startswith("$") for key in condition):
        return predicate(path, "eq", condition)
    nodes: list[Node] = []
    for operator, value in condition.items():
        if not str(operator).startswith("$"):
            raise InputError(f"Operators and keys can't be mixed in one object: {shown(dict(condition))}.")
        name = operator[1:]
        nodes.append(Not(_condition(path, value, depth + 1)) if name == "not" else predicate(path, name, value))
    return all_of(nodes)


def predicate(path: tuple[str, ...], operator: str, value: Any) -> Node:
    """Make a node of one comparison. Raises InputError for an unknown operator or an unsuitable value."""
    path = tuple(map(clean, path[: MAX_LEVELS + 1]))  # metadata that is read has no deeper key
    if operator in _COMPLEMENTS:
        return Not(predicate(path, _COMPLEMENTS[operator], value))
    if operator not in OPERATORS:
        raise InputError(f"{f'${operator}':.60} is not an operator of metadata predicates; there are {_DOLLAR_NAMES}.")
    if operator == "in" and not isinstance(value, (list, tuple, set, frozenset)):
        raise InputError(f"$in and $nin take a list of values; got {shown(value)}.")
    if operator == "exists" and not isinstance(value, bool):
        raise InputError(f"$exists takes true or false; got {shown(value)}.")
    if operator == "in":
        value = list(value)
    return Meta(path, operator, _canonical(value))


def _canonical(value: Any) -> str:
    try:
        text = clean_escapes(_json(value))  # the same cleaning as for stored metadata
        if not too_deep(text):
            load_json(text)
            return text
    except RecursionError:
        pass
    except (TypeError, ValueError) as error:
        raise InputError(f"A metadata predicate compares with JSON values; {shown(value)} is not one.") from error
    raise InputError(
        f"A metadata predicate compares with values of at most {MAX_LEVELS} levels, as metadata that nests deeper is text; "
        f"{shown(value)} nests deeper."
    )


def _json(value: Any) -> str:
    # json.dumps can't write a Decimal without losing digits.
    if isinstance(value, Mapping):
        pairs = sorted((json.dumps(key), _json(item)) for key, item in value.items() if isinstance(key, str))
        if len(pairs) != len(value):
            raise TypeError("JSON keys are strings")
        return "{" + ",".join(f"{key}:{item}" for key, item in pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, Decimal):
        return "NaN" if value.is_nan() else str(value)
    return dumps(value) if isinstance(value, int) else json.dumps(value)


_SEGMENT = r'"(?:[^"\\]|\\.)*"|[^\s.:=<>!"()]+'
PATH = rf"(?:{_SEGMENT})(?:\.(?:{_SEGMENT}))*"
VALUE = r'"(?:[^"\\]|\\.)*"|[^\s"]+'
_NOT_FINITE = re.compile(r"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
PREDICATE = re.compile(rf"\s*({PATH})\s*(==|!=|>=|<=|[:=<>])\s*", re.DOTALL)


def parse_path(text: str) -> tuple[str, ...]:
    """Split `model.name` into keys. A key in double quotes may hold any text, or be empty."""
    if text and "." not in text and '"' not in text:
        return (text,)
    if not re.fullmatch(r'(?:"(?:[^"\\]|\\.)*"|[^."]+)(?:\.(?:"(?:[^"\\]|\\.)*"|[^."]+))*', text, re.DOTALL):
        raise InputError(
            f"The metadata path {text!r:.80} can't be read: keys are joined by dots, "
            'and a key with a dot or a quote, or an empty one, stands in double quotes: "a.b".c'
        )
    return tuple(unquote(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"|[^."]+', text, re.DOTALL))


def unquote(text: str) -> str:
    """The string inside the double quotes; a text without them stays as it is."""
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if text.startswith('"') else text


def parse_value(text: str, *, ordering: bool = False) -> Any:
    """Parse a value as typed. A number, true, false or null is JSON; a quoted or any other text is a string.

    `ordering`: the value is compared by size; then `inf`, `-inf` and `nan` are numbers. Elsewhere they are words, as no
    number in metadata equals one of them.
    """
    if text.startswith('"'):
        return unquote(text)
    if _NOT_FINITE.fullmatch(text):
        return Decimal(text) if ordering else text
    try:
        value = load_json(text)
    except ValueError:
        return text
    return text if isinstance(value, (str, list, dict)) else value


def from_text(text: str) -> Node:
    """Make a node of the command line's form: `step>=10`, `model.name:gpt`, `status!=done`, or the dict form as JSON."""
    if text.lstrip().startswith("{"):
        try:
            return from_mapping(load_json(text))
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"This metadata predicate is not valid JSON ({error}): {shown(text)}") from error
    found = PREDICATE.match(text)
    value = text[found.end() :].strip() if found else ""
    if found is None or not value:
        raise InputError(
            f"A metadata predicate reads key, operator, value, as in step>=10 or status:done "
            f"(operators : = != > >= < <=); got {text!r:.80}."
        )
    return from_symbols(found[1], found[2], value)


def from_symbols(path: str, symbol: str, value: str) -> Node:
    """Make a node of one comparison from its three written parts."""
    operator = _SYMBOLS[symbol]
    return predicate(parse_path(path), operator, parse_value(value, ordering=operator[0] in "gl"))
