"""Metadata predicates made ready to be asked of many thoughts: `predicates.holds` says what each one means.

A tree of predicates is one question: the metadata is read once, and a value is looked up in a list as in a set.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .predicates import _MISSING, OPERATORS, _kind, load_json
from .tree import And, Meta, Node, Not, Or

#: What is asked of the object that a metadata text holds (None where it holds none).
Test = Callable[[Any], bool]

_SCALARS = (str, int, Decimal, bool, type(None))


def only_metadata(node: Node) -> bool:
    """Whether the node asks about nothing but metadata."""
    if isinstance(node, (And, Or)):
        return all(map(only_metadata, node.children))
    return only_metadata(node.child) if isinstance(node, Not) else isinstance(node, Meta)


def test_of(node: Node) -> Test:
    """The tree, made ready."""
    if isinstance(node, Not):
        child = test_of(node.child)
        return lambda found: not child(found)
    if isinstance(node, And):
        required = [test_of(child) for child in node.children]
        return lambda found: all(test(found) for test in required)
    if isinstance(node, Or):
        alternatives = [test_of(child) for child in node.children]
        return lambda found: any(test(found) for test in alternatives)
    assert isinstance(node, Meta), node
    return _predicate(node)


def _predicate(meta: Meta) -> Test:
    wanted = load_json(meta.value)
    if meta.operator == "in":
        holds = _among(wanted)
    else:
        compare = OPERATORS[meta.operator]

        def holds(value: Any) -> bool:
            return compare(value, wanted)

    path, missing, asks_missing = meta.path, _MISSING, meta.operator == "exists"

    def test(found: Any) -> bool:
        for key in path:
            if not isinstance(found, dict) or key not in found:
                return asks_missing and holds(missing)
            found = found[key]
        return holds(found)

    return test


def _among(wanted: list[Any]) -> Test:
    values = set(map(frozen, wanted))
    only_scalars = all(isinstance(value, _SCALARS) for value in wanted)

    def among(value: Any) -> bool:
        # A list or an object in the metadata may be long: it is looked up only where one is wanted.
        return (not only_scalars or isinstance(value, _SCALARS)) and frozen(value) in values

    return among


def frozen(value: Any) -> object:
    """A key that two JSON values share where they are the same."""
    if isinstance(value, list):
        return "list", tuple(map(frozen, value))
    if isinstance(value, dict):
        return "dict", frozenset((key, frozen(item)) for key, item in value.items())
    return _kind(value), value
