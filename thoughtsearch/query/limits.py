"""What no plan makes cheap: conditions that every thought is asked one by one. How many of them a query may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from ..errors import InputError
from .simplify import simplified
from .tree import And, Literal, Meta, Node, Not, Or, Quiet, Should

#: Different conditions on metadata. Values of one key that any may have are one condition, however many they are.
MOST_PREDICATES = 64
#: Different texts that are looked for letter by letter.
MOST_LITERALS = 8
_MOST: Mapping[type[Meta] | type[Literal], tuple[int, str]] = {
    Meta: (MOST_PREDICATES, "conditions on metadata"),
    Literal: (MOST_LITERALS, "signs to find"),
}


def limited(node: Node, warnings: list[str]) -> Node:
    """The tree without what is beyond the limits, in the order written; the warnings say so."""
    for kind, (most, name) in _MOST.items():
        if sum(isinstance(phrase, kind) for phrase in _leaves(node)) <= most:
            continue
        node = simplified(node)
        kept = set(list(dict.fromkeys(phrase for phrase in _leaves(node) if isinstance(phrase, kind)))[:most])
        shorter = _without(node, kind, kept)
        if shorter is not None and shorter != node:
            warnings.append(f"a query has at most {most} different {name}; the rest was left out")
            node = shorter
    return node


def check(filters: Sequence[Node]) -> None:
    """Raises InputError where filters that were given as arguments are beyond the limits: none of them may be left out."""
    phrases = [phrase for node in filters for phrase in _leaves(node) if isinstance(phrase, Meta)]
    if len(phrases) <= MOST_PREDICATES:
        return
    distinct = {phrase for phrase in _leaves(simplified(And(tuple(filters)))) if isinstance(phrase, Meta)}
    if len(distinct) > MOST_PREDICATES:
        raise InputError(
            f"where takes up to {MOST_PREDICATES} different conditions; got {len(distinct):,}. "
            'Values that one key may have are one: {"key": {"$in": [...]}}.'
        )


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, (And, Or)):
        for child in node.children:
            yield from _leaves(child)
    elif isinstance(node, (Not, Should, Quiet)):
        yield from _leaves(node.child)
    else:
        yield node


def _without(node: Node, kind: type[Meta] | type[Literal], kept: Set[Node]) -> Node | None:
    """The tree without the leaves of this kind that aren't kept; None where nothing is left."""
    if isinstance(node, (And, Or)):
        found = [_without(child, kind, kept) for child in node.children]
        children = tuple(child for child in found if child is not None)
        return type(node)(children) if children else None
    if isinstance(node, (Not, Quiet)):
        child = _without(node.child, kind, kept)
        return None if child is None else type(node)(child)
    if isinstance(node, Should):
        child = _without(node.child, kind, kept)
        return None if child is None else Should(child, node.optional)
    return None if isinstance(node, kind) and node not in kept else node
