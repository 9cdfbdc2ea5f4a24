"""Very long questions keep only their rarest words: the others cost most of the time and decide little.

Measured on the longest questions at hand (cisi, up to 342 words): nDCG@10 .404 with 32 words, .406 with 64.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..engines.dialect import Dialect
from ..engines.statement import Plan
from ..query.tree import And, Boost, Node, Or, Phrase

MOST_LEAVES = 32
#: A word counts as often as it is written, up to this: each repetition costs as much as another word.
MOST_REPEATS = 8


def shortened(dialect: Dialect, node: Node, warnings: list[str]) -> Plan[Node]:
    """The tree with at most MOST_LEAVES different leaves in each any-of; a warning says what was left out."""
    if isinstance(node, And):
        children = []
        for child in node.children:
            children.append((yield from shortened(dialect, child, warnings)))
        return And(tuple(children))
    if isinstance(node, Boost):
        kept = yield from _rarest(dialect, node.optional, warnings)
        return Boost(node.child, kept)
    if isinstance(node, Or):
        leaves = tuple(child for child in node.children if isinstance(child, Phrase))
        if len(leaves) == len(node.children):
            return Or((yield from _rarest(dialect, leaves, warnings)))
    return node


def _not_repeated(leaves: Sequence[Phrase]) -> Iterator[Phrase]:
    times = Counter[Phrase]()
    for leaf in leaves:
        times[leaf] += 1
        if times[leaf] <= MOST_REPEATS:
            yield leaf


def _rarest(dialect: Dialect, leaves: Sequence[Phrase], warnings: list[str]) -> Plan[tuple[Phrase, ...]]:
    leaves = list(_not_repeated(leaves))
    distinct = list(dict.fromkeys(leaves))
    if len(distinct) <= MOST_LEAVES:
        return tuple(leaves)
    terms = sorted({word.term for leaf in distinct for word in leaf.words})
    known = yield from dialect.word_frequencies(terms)

    def frequency(leaf: Phrase) -> int:
        return min(known.get(word.term, 0) for word in leaf.words)

    found = [leaf for leaf in distinct if leaf.prefix or frequency(leaf)]
    kept = set(sorted(found or distinct, key=frequency)[:MOST_LEAVES])
    if len(found) > MOST_LEAVES:
        warnings.append(f"the question is long: only the rarest {MOST_LEAVES} of its {len(distinct)} words are sought")
    return tuple(leaf for leaf in leaves if leaf in kept)
