"""Shortens a very long query: keeps its rarest words, which decide most of the score and cost least.

Measured on our longest questions (cisi, up to 342 words): nDCG@10 is .404 with 32 words and .406 with 64.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..query.simplify import with_optional
from ..query.tree import And, Node, NonScoring, Or, Phrase, Should, scoring_phrases

MOST_PHRASES = 32
#: A word counts as often as the query has it, up to this number: each repetition costs as much as another word.
MOST_REPEATS = 8
#: The largest weight() of all phrases that are sought and scored. A phrase that stands alone may weigh more.
MOST_WEIGHT = 64
#: Up to this weight all phrases score in a query that has groups.
MOST_IN_GROUPS = 128
#: Beside something required, an any-of of up to this many words is sought whole: seeking is quick, unlike scoring.
MOST_WORDS = 500
# By length: how many additional words a prefix costs as much as. A longer prefix costs as much as one more word.
_PREFIXES = {1: 11, 2: 3}

_LONG = "the question is long: only the rarest {kept} of its {all} words are sought"
_SCORED = "the query is long: only the rarest {kept} of its {all} words count in the score"


def weight(phrase: Phrase) -> int:
    """What a phrase costs, in words: it reads each of its words, and a prefix reads all words that begin with it."""
    last = phrase.words[-1].term
    return len(phrase.words) + ((_PREFIXES.get(len(last), 1) if last.isascii() else 1) if phrase.prefix else 0)


def shorten(dialect: Dialect, node: Node, warnings: list[str]) -> Plan[Node]:
    """The tree with fewer phrases in each any-of, and fewer that score. Appends to `warnings` what it left out."""
    node = yield from _shorter_lists(dialect, node, warnings)
    phrases = scoring_phrases(node)
    repeated = tuple(_not_repeated(phrases))
    distinct = dict.fromkeys(phrases)
    if sum(map(weight, distinct)) > MOST_IN_GROUPS and not _is_list(node):
        rarest = set((yield from _rarest(dialect, list(distinct), warnings, _SCORED)))
        return with_optional(node, tuple(phrase for phrase in repeated if phrase in rarest), instead=True)
    return with_optional(node, repeated, instead=True) if len(repeated) < len(phrases) else node


def _shorter_lists(dialect: Dialect, node: Node, warnings: list[str], *, alone: bool = True) -> Plan[Node]:
    """Shorten each any-of. `alone`: the text requires nothing else."""
    if isinstance(node, And):
        children = []
        alone = alone and sum(bool(scoring_phrases(child)) for child in node.children) == 1
        for child in node.children:
            children.append((yield from _shorter_lists(dialect, child, warnings, alone=alone)))
        return And(tuple(children))
    if isinstance(node, Should):
        child = yield from _shorter_lists(dialect, node.child, warnings, alone=False)
        said = _SCORED if isinstance(child, NonScoring) else _LONG
        return Should(child, (yield from _shorter(dialect, node.optional, warnings, said)))
    if isinstance(node, NonScoring):
        return NonScoring((yield from _shorter_lists(dialect, node.child, warnings, alone=False)))
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
    if len(distinct) <= MOST_PHRASES and sum(map(weight, distinct)) <= MOST_WEIGHT:
        return tuple(phrases)
    kept = set((yield from _rarest(dialect, distinct, warnings, said)))
    return tuple(phrase for phrase in phrases if phrase in kept)


def _rarest(dialect: Dialect, distinct: Sequence[Phrase], warnings: list[str], said: str) -> Plan[list[Phrase]]:
    """The rarest phrases that may be sought together, rarest first, without those that no thought holds."""
    terms = sorted({word.term for phrase in distinct for word in phrase.words})
    known = yield from dialect.word_frequencies(terms)
    rarity = _rarity(known.get)
    found = [phrase for phrase in distinct if phrase.prefix or rarity(phrase)[0]]
    kept: list[Phrase] = []
    left = MOST_WEIGHT
    for phrase in sorted(found or distinct, key=rarity):
        if len(kept) < MOST_PHRASES and (weight(phrase) <= left or not kept):
            kept.append(phrase)
            left -= weight(phrase)
    if len(kept) < len(found):
        warnings.append(said.format(kept=len(kept), all=len(distinct)))
    return kept


def _rarity(known: Callable[[str, int], int]) -> Callable[[Phrase], tuple[int, int]]:
    """How many thoughts hold the rarest word of a phrase. A longer prefix counts as rarer."""

    def rarity(phrase: Phrase) -> tuple[int, int]:
        last = phrase.words[-1].term
        counts = [known(word.term, 0) for word in phrase.words[: -1 if phrase.prefix else None]]
        return min(counts, default=0), -len(last) if phrase.prefix else 0

    return rarity
