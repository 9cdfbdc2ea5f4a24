"""A tree with less in it that accepts the same thoughts, and scores the same leaves as often as they are written.

Nothing here is needed for a query to be right: without it each thought that is looked at would cost as much as the query is
long. Groups in groups become one, what is written twice is asked once, and alternatives of one kind become one set, which
costs one look-up however large it is.

A score adds up over all leaves of the tree, wherever they stand. So what a shorter tree lacks of them goes into a Should.
"""

from __future__ import annotations

from collections.abc import Sequence

from .merge import flat, merged
from .tree import And, MatchAll, Node, Not, Or, Phrase, Quiet, Should, all_of, scoring_phrases


def simplified(node: Node) -> Node:
    """The same with less in it, and the leaves that score in the order written."""
    if isinstance(node, Phrase) or _is_any_phrase(node):
        return node
    reduced = _reduced(node)
    wanted, there = scoring_phrases(node), scoring_phrases(reduced)
    if wanted[: len(there)] == there:
        return boosted(reduced, wanted[len(there) :])
    return boosted(reduced, wanted, quiet=True)


def boosted(node: Node, optional: tuple[Phrase, ...], *, quiet: bool = False) -> Node:
    """The tree with more leaves that score; `quiet`: with these alone. Filters stay apart, as engines like them."""
    if not optional and not quiet:
        return node
    parts = node.children if isinstance(node, And) else (node,)
    text = all_of([part for part in parts if scoring_phrases(part)])
    return all_of(
        [Should(Quiet(text) if quiet else text, optional), *(part for part in parts if not scoring_phrases(part))]
    )


def _reduced(node: Node) -> Node:
    """The same thoughts, and no leaf that scores more often than before."""
    if isinstance(node, Should):
        return _reduced(node.child)
    if isinstance(node, Quiet):
        return _quiet(_reduced(node.child))
    if isinstance(node, Not):
        child = _reduced(node.child)
        child = child.child if isinstance(child, Quiet) else child
        return _quiet(child.child) if isinstance(child, Not) else Not(child)
    if isinstance(node, And):
        return _all(list(map(_reduced, node.children)))
    if isinstance(node, Or):
        return _any(list(map(_reduced, node.children)))
    return node


def _quiet(node: Node) -> Node:
    return Quiet(node) if scoring_phrases(node) else node


def _is_any_phrase(node: Node) -> bool:
    return isinstance(node, Or) and all(isinstance(child, Phrase) for child in node.children)


def _any(children: list[Node]) -> Node:
    level = list(flat(children, Or))
    if level and all(isinstance(child, Phrase) for child in level):
        return level[0] if len(level) == 1 else Or(tuple(level))  # the list of words that a search mostly is: left as it is
    kept = merged(level, every=False)
    if MatchAll() in kept:
        return MatchAll()
    alone = {child for child in kept if not isinstance(child, And)}
    # a OR (a AND b) is a.
    kept = [child for child in kept if not (isinstance(child, And) and any(part in alone for part in child.children))]
    return _factored(kept, Or, And) if len(kept) > 1 else kept[0] if kept else Or(())


def _all(children: list[Node]) -> Node:
    kept = [child for child in merged(list(flat(children, And)), every=True) if not isinstance(child, MatchAll)]
    alone = {child for child in kept if not isinstance(child, Or)}
    # a AND (a OR b) is a.
    kept = [child for child in kept if not (isinstance(child, Or) and any(part in alone for part in child.children))]
    if not kept:
        return MatchAll()
    return _factored(kept, And, Or) if len(kept) > 1 else kept[0]


def _factored(children: Sequence[Node], outer: type[And] | type[Or], inner: type[And] | type[Or]) -> Node:
    """(a AND b) OR (a AND c) as a AND (b OR c); the same for the other way round."""
    common = [one for one in _parts(children[0], inner) if all(one in _parts(child, inner) for child in children[1:])]
    if not common:
        return outer(tuple(children))
    shared = set(common)
    rest: list[Node] = []
    for child in children:
        left = tuple(part for part in _parts(child, inner) if part not in shared)
        if not left:  # cannot be: it would have been absorbed
            return outer(tuple(children))
        rest.append(left[0] if len(left) == 1 else inner(left))
    build = _all if inner is And else _any
    return build([*common, (_any if outer is Or else _all)(rest)])


def _parts(node: Node, kind: type[And] | type[Or]) -> tuple[Node, ...]:
    return node.children if isinstance(node, kind) else (node,)
