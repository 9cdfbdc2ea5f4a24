"""Merges alternatives of one kind: `tag:a OR tag:b` becomes one set of tags, two ranges that meet become one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from .holding import frozen
from .metadata import load_json
from .tree import (
    AgentIn,
    And,
    CreatedIn,
    CycleIn,
    Meta,
    Node,
    Not,
    Or,
    Phrase,
    SessionIn,
    SessionIs,
    TagAll,
    TagIn,
    TagIs,
    TypeIn,
    TypeIs,
)

#: Up to this many required tags become one condition each, which the index answers.
FEW_TAGS = 8
_COMPARISONS = ("gt", "gte", "lt", "lte")


def flatten(children: Iterable[Node], kind: type[And] | type[Or]) -> Iterator[Node]:
    """The children, with those of nested nodes of the same kind in their place."""
    for child in children:
        if isinstance(child, kind):
            yield from flatten(child.children, kind)
        else:
            yield child


def merge(children: Sequence[Node], *, every: bool) -> list[Node]:
    """Merge children of which any or every one must be true: drop repetitions, join those with one subject."""
    found: dict[object, list[Node]] = {}
    for child in dict.fromkeys(children):
        found.setdefault(_subject(child, every), []).append(child)
    kept: list[Node] = []
    for subject, alike in found.items():
        if subject is None or len(alike) == 1:
            kept += alike
        elif subject is Not:
            kept += map(Not, _below_nots(alike, every=every))
        elif isinstance(alike[0], Meta):
            kept += _predicates([node for node in alike if isinstance(node, Meta)], every=every)
        elif isinstance(alike[0], (CycleIn, CreatedIn)):
            kept += _ranges(alike, every=every)
        elif subject is TagAll:
            kept += _all_tags(alike)
        else:
            kept.append(_one_set(alike, every=every))
    return kept


def _subject(node: Node, every: bool) -> object:
    """What two nodes must have in common to be merged; None for a node that can't be merged."""
    if isinstance(node, Not):
        return Not
    if isinstance(node, (TagIs, TagAll)) and every:
        return TagAll
    if isinstance(node, (TagIs, TagIn)):
        return None if every else TagIn
    if isinstance(node, (TypeIs, TypeIn)):
        return TypeIn
    if isinstance(node, (SessionIs, SessionIn)):
        return SessionIn
    if isinstance(node, (AgentIn, CycleIn, CreatedIn)):
        return type(node)
    if isinstance(node, Meta) and node.operator in ("eq", "in"):
        return node.path, "in"
    return (node.path, node.operator) if isinstance(node, Meta) and node.operator in _COMPARISONS else None


def _below_nots(alike: Sequence[Node], *, every: bool) -> list[Node]:
    """What to exclude. All of `NOT a`, `NOT b` means neither a nor b; any of them means not both."""
    kind = Or if every else And
    joined = merge(list(flatten([child.child for child in alike if isinstance(child, Not)], kind)), every=not every)
    phrases = [child for child in joined if isinstance(child, Phrase)]
    if len(phrases) < 2:
        return joined
    return [kind(tuple(phrases)), *(child for child in joined if not isinstance(child, Phrase))]


# --- sets ----------------------------------------------------------------------------------------------------------


def _values(node: Node) -> tuple[Any, ...]:
    if isinstance(node, (TagIn, TagAll, TypeIn)):
        return node.values
    if isinstance(node, (AgentIn, SessionIn)):
        return node.ids
    if isinstance(node, SessionIs):
        return (node.session_id,)
    return (node.value,) if isinstance(node, (TagIs, TypeIs)) else ()


def _one_set(alike: Sequence[Node], *, every: bool) -> Node:
    values = dict.fromkeys(value for node in alike for value in _values(node))
    if every:
        sets = [set(_values(node)) for node in alike]
        values = dict.fromkeys(value for value in values if all(value in one for one in sets))
    like, kept = alike[0], tuple(values)
    if isinstance(like, AgentIn):
        return AgentIn(kept)
    if isinstance(like, (SessionIs, SessionIn)):
        return SessionIn(kept)
    return TagIn(kept) if isinstance(like, (TagIs, TagIn)) else TypeIn(kept)


def _all_tags(alike: Sequence[Node]) -> list[Node]:
    tags = dict.fromkeys(value for node in alike for value in _values(node))
    return [TagAll(tuple(tags))] if len(tags) > FEW_TAGS else [TagIs(tag) for tag in tags]


# --- ranges --------------------------------------------------------------------------------------------------------

# Beyond any value that occurs. Times are compared directly, so both ends must be aware.
_LEAST, _MOST = -(2**70), 2**70
_FIRST, _LAST = datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)


def _ranges(alike: Sequence[Node], *, every: bool) -> list[Node]:
    """Merge ranges: with `every` into what they share, else those that meet into one."""
    is_cycle = isinstance(alike[0], CycleIn)
    if every:
        starts = [start for start in (_ends(node)[0] for node in alike) if start is not None]
        ends = [end for end in (_ends(node)[1] for node in alike) if end is not None]
        return [_range(is_cycle, max(starts, default=None), min(ends, default=None))]
    least: Any = _LEAST if is_cycle else _FIRST
    most: Any = _MOST if is_cycle else _LAST
    step: Any = 1 if is_cycle else timedelta(0)  # between two consecutive whole numbers there is nothing
    written = [(least if low is None else low, most if high is None else high) for low, high in map(_ends, alike)]
    joined: list[tuple[Any, Any]] = []
    for low, high in sorted(one for one in written if one[0] <= one[1]):
        if joined and low <= joined[-1][1] + step:
            joined[-1] = joined[-1][0], max(joined[-1][1], high)
        else:
            joined.append((low, high))
    if not joined:
        return [alike[0]]
    return [_range(is_cycle, None if low == least else low, None if high == most else high) for low, high in joined]


def _ends(node: Node) -> tuple[Any, Any]:
    if isinstance(node, CycleIn):
        return node.low, node.high
    return (node.start, node.end) if isinstance(node, CreatedIn) else (None, None)


def _range(is_cycle: bool, low: Any, high: Any) -> Node:
    return CycleIn(low, high) if is_cycle else CreatedIn(low, high)


# --- metadata ------------------------------------------------------------------------------------------------------


def _predicates(alike: Sequence[Meta], *, every: bool) -> Iterable[Node]:
    first = alike[0]
    if first.operator in _COMPARISONS:
        return _comparisons(alike, every=every)
    if not every:
        # The values are JSON texts; joined by commas they make a JSON list.
        lists = [node.value[1:-1] if node.operator == "in" else node.value for node in alike]
        return [Meta(first.path, "in", f"[{','.join(filter(None, lists))}]")]
    if any(node.operator == "in" for node in alike):
        return alike
    # Nothing equals two different values.
    same = len({frozen(load_json(node.value)) for node in alike}) == 1
    return [first] if same else [Meta(first.path, "in", "[]")]


def _comparisons(alike: Sequence[Meta], *, every: bool) -> Iterator[Node]:
    """Of the comparisons with one kind of value, keep the one that implies the others, or that the others imply."""
    kinds: dict[type, list[tuple[Any, Meta]]] = {}
    for node in alike:
        value = load_json(node.value)
        kind = type(value) if isinstance(value, (bool, str)) else float if _is_number(value) else None
        if kind is None:
            yield node  # nothing compares with this value
        else:
            kinds.setdefault(kind, []).append((value, node))
    narrowest = max if alike[0].operator in ("gt", "gte") else min
    widest = min if narrowest is max else max
    for valued in kinds.values():
        yield (narrowest if every else widest)(valued, key=_value_of)[1]


def _value_of(valued: tuple[Any, Meta]) -> Any:
    return valued[0]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
