"""Limits the conditions of a query that no plan makes cheap: each of them is tested on every thought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from ..errors import InputError
from .simplify import simplify
from .tree import And, Literal, Meta, Node, NonScoring, Not, Or, Should

#: How many different conditions on metadata. Alternative values of one key count as one condition, however many.
MOST_PREDICATES = 64
#: How many different texts that are sought character by character.
MOST_LITERALS = 8
_MOST: Mapping[type[Meta] | type[Literal], tuple[int, str]] = {
    Meta: (MOST_PREDICATES, "conditions on metadata"),
    Literal: (MOST_LITERALS, "signs to find"),
}


def limited(node: Node, warnings: list[str]) -> Node:
    """The tree without the conditions beyond the limits, in the order written. Appends a warning if it left any out."""
    for kind, (most, name) in _MOST.items():
        if sum(isinstance(inner, kind) for inner in _innermost(node)) <= most:
            continue
        node = simplify(node)
        kept = set(list(dict.fromkeys(inner for inner in _innermost(node) if isinstance(inner, kind)))[:most])
        shorter = _without(node, kind, kept)
        if shorter is not None and shorter != node:
            warnings.append(f"a query has at most {most} different {name}; the rest was left out")
            node = shorter
    return node


def check(filters: Sequence[Node]) -> None:
    """Raise InputError if filters given as arguments exceed the limits: none of those may be left out."""
    predicates = [inner for node in filters for inner in _innermost(node) if isinstance(inner, Meta)]
    if len(predicates) <= MOST_PREDICATES:
        return
    distinct = {inner for inner in _innermost(simplify(And(tuple(filters)))) if isinstance(inner, Meta)}
    if len(distinct) > MOST_PREDICATES:
        raise InputError(
            f"where takes up to {MOST_PREDICATES} different conditions; got {len(distinct):,}. "
            'Values that one key may have are one: {"key": {"$in": [...]}}.'
        )


def _innermost(node: Node) -> Iterator[Node]:
    """The nodes without children."""
    if isinstance(node, (And, Or)):
        for child in node.children:
            yield from _innermost(child)
    elif isinstance(node, (Not, Should, NonScoring)):
        yield from _innermost(node.child)
    else:
        yield node


def _without(node: Node, kind: type[Meta] | type[Literal], kept: Set[Node]) -> Node | None:
    """The tree without the nodes of this kind that aren't in `kept`; None if nothing is left."""
    if isinstance(node, (And, Or)):
        found = [_without(child, kind, kept) for child in node.children]
        children = tuple(child for child in found if child is not None)
        return type(node)(children) if children else None
    if isinstance(node, (Not, NonScoring)):
        child = _without(node.child, kind, kept)
        return None if child is None else type(node)(child)
    if isinstance(node, Should):
        child = _without(node.child, kind, kept)
        return None if child is None else Should(child, node.optional)
    return None if isinstance(node, kind) and node not in kept else node
