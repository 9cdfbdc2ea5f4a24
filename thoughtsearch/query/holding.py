"""Metadata predicates made ready to be asked of many thoughts: `predicates.holds` says what each one means.

A tree of predicates is one question: the metadata is read once, and a value is looked up in a list as in a set.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .metadata import load_json
from .predicates import _MISSING, OPERATORS, _kind
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
    if isinstance(node, (And, Or)):
        return _joined([test_of(child) for child in node.children], isinstance(node, Or))
    assert isinstance(node, Meta), node
    return _predicate(node)


def _joined(tests: list[Test], decisive: bool) -> Test:
    """Any or every one: the first whose answer decides it ends it."""

    def joined(found: Any) -> bool:
        for test in tests:  # a generator in any() takes half as long again
            if test(found) is decisive:
                return decisive
        return not decisive

    return joined


def _predicate(meta: Meta) -> Test:
    wanted, missing = load_json(meta.value), _MISSING
    if_missing = meta.operator == "exists" and not wanted
    holds = _holds(meta.operator, wanted)
    *outer, last = meta.path

    def test(found: Any) -> bool:
        for key in outer:
            if not isinstance(found, dict):
                return if_missing
            found = found.get(key, missing)
        found = found.get(last, missing) if isinstance(found, dict) else missing
        return if_missing if found is missing else holds(found)

    return test


def _holds(operator: str, wanted: Any) -> Test:
    """What is asked of a value that is there. Texts are most of them, and need no look at what kind they are of."""
    if operator == "exists":
        return lambda value: bool(wanted)
    if operator == "in":
        return _among(wanted)
    compare = OPERATORS[operator]
    if operator != "contains" and isinstance(wanted, str):
        return lambda value: isinstance(value, str) and compare(value, wanted)
    return lambda value: compare(value, wanted)


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
