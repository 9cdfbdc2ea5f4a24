"""Prepares metadata predicates for many thoughts. `predicates.holds` defines what each predicate means.

A whole tree of predicates becomes one test. It reads the metadata once, and looks up a value of a list in a set.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .metadata import load_json
from .predicates import MISSING, OPERATORS, json_kind
from .tree import And, Meta, Node, Not, Or

#: A test of the object that a metadata text holds; it gets None where the text holds none.
Test = Callable[[Any], bool]

_SCALARS = (str, int, Decimal, bool, type(None))


def only_metadata(node: Node) -> bool:
    """Whether the node tests only metadata."""
    if isinstance(node, (And, Or)):
        return all(map(only_metadata, node.children))
    return only_metadata(node.child) if isinstance(node, Not) else isinstance(node, Meta)


def test_of(node: Node) -> Test:
    """Prepare the tree: make one test of it."""
    if isinstance(node, Not):
        child = test_of(node.child)
        return lambda found: not child(found)
    if isinstance(node, (And, Or)):
        return _joined([test_of(child) for child in node.children], isinstance(node, Or))
    assert isinstance(node, Meta), node
    return _predicate(node)


def _joined(tests: list[Test], decisive: bool) -> Test:
    """Any or all of the tests: the first decisive answer ends the loop."""

    def joined(found: Any) -> bool:
        for test in tests:  # a generator in any() takes 50 % longer
            if test(found) is decisive:
                return decisive
        return not decisive

    return joined


def _predicate(meta: Meta) -> Test:
    wanted, missing = load_json(meta.value), MISSING
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
    """Make the test of a value that is there. Most wanted values are texts; those skip the check of kinds."""
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
        # A list or an object in the metadata may be long, so it is looked up only where one is wanted.
        return (not only_scalars or isinstance(value, _SCALARS)) and frozen(value) in values

    return among


def frozen(value: Any) -> object:
    """A hashable key: equal for two JSON values that are the same, and only for those."""
    if isinstance(value, list):
        return "list", tuple(map(frozen, value))
    if isinstance(value, dict):
        return "dict", frozenset((key, frozen(item)) for key, item in value.items())
    return json_kind(value), value
