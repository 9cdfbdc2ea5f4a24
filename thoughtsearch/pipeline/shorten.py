"""What of a very long query is sought and scored: the rarest of its words, which decide most, and cost least.

Measured on the longest questions at hand (cisi, up to 342 words): nDCG@10 .404 with 32 words, .406 with 64.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..query.simplify import boosted
from ..query.tree import And, Node, Or, Phrase, Quiet, Should, scoring_phrases

MOST_LEAVES = 32
#: A word counts as often as it is written, up to this: each repetition costs as much as another word.
MOST_REPEATS = 8
#: What is sought and scored may weigh so much in all; see weight(). A phrase that is alone may weigh more.
MOST_WEIGHT = 64
#: What is sought in groups, as they are written, may weigh so much and be scored wholly.
MOST_IN_GROUPS = 128
#: So many words, of which any must be there beside something else, are all looked for: that is quick, unlike scoring them.
MOST_WORDS = 500
# How many words a prefix costs as much as beside the one it is, by its length; a longer one costs as much as one more.
_PREFIXES = {1: 11, 2: 3}

_LONG = "the question is long: only the rarest {kept} of its {all} words are sought"
_SCORED = "the query is long: only the rarest {kept} of its {all} words count in the score"


def weight(phrase: Phrase) -> int:
    """What a leaf costs beside a word: a phrase reads each of its words, a prefix all words that begin so."""
    last = phrase.words[-1].term
    return len(phrase.words) + ((_PREFIXES.get(len(last), 1) if last.isascii() else 1) if phrase.prefix else 0)


def shortened(dialect: Dialect, node: Node, warnings: list[str]) -> Plan[Node]:
    """The tree with fewer leaves in each any-of, and not too many that score; warnings say what was left out."""
    node = yield from _shorter_lists(dialect, node, warnings)
    phrases = scoring_phrases(node)
    repeated = tuple(_not_repeated(phrases))
    distinct = dict.fromkeys(phrases)
    if sum(map(weight, distinct)) > MOST_IN_GROUPS and not _is_list(node):
        rarest = set((yield from _rarest(dialect, list(distinct), warnings, _SCORED)))
        return boosted(node, tuple(phrase for phrase in repeated if phrase in rarest), quiet=True)
    return boosted(node, repeated, quiet=True) if len(repeated) < len(phrases) else node


def _shorter_lists(dialect: Dialect, node: Node, warnings: list[str], *, alone: bool = True) -> Plan[Node]:
    """`alone`: nothing else of the text must be there."""
    if isinstance(node, And):
        children = []
        alone = alone and sum(bool(scoring_phrases(child)) for child in node.children) == 1
        for child in node.children:
            children.append((yield from _shorter_lists(dialect, child, warnings, alone=alone)))
        return And(tuple(children))
    if isinstance(node, Should):
        child = yield from _shorter_lists(dialect, node.child, warnings, alone=False)
        said = _SCORED if isinstance(child, Quiet) else _LONG
        return Should(child, (yield from _shorter(dialect, node.optional, warnings, said)))
    if isinstance(node, Quiet):
        return Quiet((yield from _shorter_lists(dialect, node.child, warnings, alone=False)))
    if isinstance(node, Or) and _is_list(node):
        phrases = tuple(child for child in node.children if isinstance(child, Phrase))
        if not alone and len(phrases) <= MOST_WORDS and all(weight(phrase) == 1 for phrase in phrases):
            return node
        return Or((yield from _shorter(dialect, phrases, warnings)))
    return node


def _is_list(node: Node) -> bool:
    return isinstance(node, Or) and all(isinstance(child, Phrase) for child in node.children)


def _not_repeated(phrases: Iterable[Phrase]) -> Iterator[Phrase]:
    times = Counter[Phrase]()
    for phrase in phrases:
        times[phrase] += 1
        if times[phrase] <= MOST_REPEATS:
            yield phrase


def _shorter(
    dialect: Dialect, phrases: Sequence[Phrase], warnings: list[str], said: str = _LONG
) -> Plan[tuple[Phrase, ...]]:
    phrases = list(_not_repeated(phrases))
    distinct = list(dict.fromkeys(phrases))
    if len(distinct) <= MOST_LEAVES and sum(map(weight, distinct)) <= MOST_WEIGHT:
        return tuple(phrases)
    kept = set((yield from _rarest(dialect, distinct, warnings, said)))
    return tuple(phrase for phrase in phrases if phrase in kept)


def _rarest(dialect: Dialect, distinct: Sequence[Phrase], warnings: list[str], said: str) -> Plan[list[Phrase]]:
    """Those that may be sought together, the rarest first; without those that no thought holds."""
    terms = sorted({word.term for phrase in distinct for word in phrase.words})
    known = yield from dialect.word_frequencies(terms)
    rarity = _rarity(known.get)
    found = [phrase for phrase in distinct if phrase.prefix or rarity(phrase)[0]]
    kept: list[Phrase] = []
    left = MOST_WEIGHT
    for phrase in sorted(found or distinct, key=rarity):
        if len(kept) < MOST_LEAVES and (weight(phrase) <= left or not kept):
            kept.append(phrase)
            left -= weight(phrase)
    if len(kept) < len(found):
        warnings.append(said.format(kept=len(kept), all=len(distinct)))
    return kept


def _rarity(known: Callable[[str, int], int]) -> Callable[[Phrase], tuple[int, int]]:
    """How many thoughts hold the rarest word of a leaf; a prefix counts as the rarer the longer it is."""

    def rarity(phrase: Phrase) -> tuple[int, int]:
        last = phrase.words[-1].term
        counts = [known(word.term, 0) for word in phrase.words[: -1 if phrase.prefix else None]]
        return min(counts, default=0), -len(last) if phrase.prefix else 0

    return rarity
