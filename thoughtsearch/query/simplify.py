"""Simplifies a tree. The result accepts the same thoughts, and scores each phrase as often as the query has it.

A query is right without this module. But each thought that is tested would cost as much as the query is long. Nested groups
become one, repeated conditions are tested once, and alternatives of one kind become one set. A set costs one look-up,
however large it is.

A score adds up over all phrases of the tree, wherever they stand. So the phrases that the simpler tree lacks go into a
Should as optional clauses.
"""

from __future__ import annotations

from collections.abc import Sequence

from .merge import flatten, merge
from .tree import And, MatchAll, Node, NonScoring, Not, Or, Phrase, Should, all_of, scoring_phrases


def simplify(node: Node) -> Node:
    """An equivalent simpler tree, with the phrases that score in the order written."""
    if isinstance(node, Phrase) or _is_any_phrase(node):
        return node
    reduced = _reduced(node)
    wanted, there = scoring_phrases(node), scoring_phrases(reduced)
    if wanted[: len(there)] == there:
        return with_optional(reduced, wanted[len(there) :])
    return with_optional(reduced, wanted, instead=True)


def with_optional(node: Node, optional: tuple[Phrase, ...], *, instead: bool = False) -> Node:
    """Add optional clauses to the tree. `instead`: only these score. Filters stay apart, as the engines need them."""
    if not optional and not instead:
        return node
    parts = node.children if isinstance(node, And) else (node,)
    text = all_of([part for part in parts if scoring_phrases(part)])
    return all_of(
        [Should(NonScoring(text) if instead else text, optional), *(part for part in parts if not scoring_phrases(part))]
    )


def _reduced(node: Node) -> Node:
    """A tree that accepts the same thoughts, and in which no phrase scores more often than before."""
    if isinstance(node, Should):
        return _reduced(node.child)
    if isinstance(node, NonScoring):
        return _not_scoring(_reduced(node.child))
    if isinstance(node, Not):
        child = _reduced(node.child)
        child = child.child if isinstance(child, NonScoring) else child
        return _not_scoring(child.child) if isinstance(child, Not) else Not(child)
    if isinstance(node, And):
        return _all(list(map(_reduced, node.children)))
    if isinstance(node, Or):
        return _any(list(map(_reduced, node.children)))
    return node


def _not_scoring(node: Node) -> Node:
    return NonScoring(node) if scoring_phrases(node) else node


def _is_any_phrase(node: Node) -> bool:
    return isinstance(node, Or) and all(isinstance(child, Phrase) for child in node.children)


def _any(children: list[Node]) -> Node:
    level = list(flatten(children, Or))
    if level and all(isinstance(child, Phrase) for child in level):
        return level[0] if len(level) == 1 else Or(tuple(level))  # a list of words, as most searches are, stays as it is
    kept = merge(level, every=False)
    if MatchAll() in kept:
        return MatchAll()
    alone = {child for child in kept if not isinstance(child, And)}
    # Absorption: a OR (a AND b) is a.
    kept = [child for child in kept if not (isinstance(child, And) and any(part in alone for part in child.children))]
    return _factored(kept, Or, And) if len(kept) > 1 else kept[0] if kept else Or(())


def _all(children: list[Node]) -> Node:
    kept = [child for child in merge(list(flatten(children, And)), every=True) if not isinstance(child, MatchAll)]
    alone = {child for child in kept if not isinstance(child, Or)}
    # Absorption: a AND (a OR b) is a.
    kept = [child for child in kept if not (isinstance(child, Or) and any(part in alone for part in child.children))]
    if not kept:
        return MatchAll()
    return _factored(kept, And, Or) if len(kept) > 1 else kept[0]


def _factored(children: Sequence[Node], outer: type[And] | type[Or], inner: type[And] | type[Or]) -> Node:
    """Turn (a AND b) OR (a AND c) into a AND (b OR c); the same with AND and OR swapped."""
    common = [one for one in _parts(children[0], inner) if all(one in _parts(child, inner) for child in children[1:])]
    if not common:
        return outer(tuple(children))
    shared = set(common)
    rest: list[Node] = []
    for child in children:
        left = tuple(part for part in _parts(child, inner) if part not in shared)
        if not left:  # can't happen: absorption has removed it
            return outer(tuple(children))
        rest.append(left[0] if len(left) == 1 else inner(left))
    build = _all if inner is And else _any
    return build([*common, (_any if outer is Or else _all)(rest)])


def _parts(node: Node, kind: type[And] | type[Or]) -> tuple[Node, ...]:
    return node.children if isinstance(node, kind) else (node,)
