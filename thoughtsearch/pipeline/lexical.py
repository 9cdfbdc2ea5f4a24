"""Retrieves by words: finds the exact best k without scoring every match (MaxScore: Turtle and Flood, 1995).

Scoring is the expensive part. On 127,237 thoughts it takes about 1 ms to find the rows that hold any of a question's words,
and 16 ms to compute their BM25. So this module first scores the rows that hold one of the rarer words. A row without any
of those can score at most Σ idf·(k1 + 1) over the common words. Where the k-th score exceeds that, the answer is complete.
Where filters leave only a share of the thoughts, filling a page takes as many times more rows with rare words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone

from ..bm25 import K1, Corpus, idf
from ..engines.contract.candidate import Candidate
from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..query.cursor import Cursor
from ..query.tree import And, Node, Or, Phrase, scoring_phrases

#: With fewer thoughts than this, scoring them all is cheaper than asking how common each word is.
WORTHWHILE = 5_000
# How many times the score of one average occurrence of the rarest words the k-th hit is expected to have. We tried values
# on real queries: lower ones score too many rows, higher ones need a second pass too often.
_EXPECTED = 1.6
# If scoring only the rarest words costs more than this share of scoring all, score all.
_WORTH_PRUNING = 0.7
_SAFETY = 1 + 1e-9  # an engine may add the doubles in another order


def best(dialect: Dialect, node: Node, limit: int, cursor: Cursor | None) -> Plan[tuple[list[Candidate], Corpus | None]]:
    """The same as `dialect.page(node, limit, cursor)`, at less cost where possible; and the corpus, if it was read."""
    wanted = any_of(node)
    weights = Counter(scoring_phrases(wanted)) if wanted else Counter[Phrase]()
    corpus = (yield from dialect.corpus(weights)) if len(weights) > 1 else None
    if wanted is not None and corpus is not None and corpus.documents >= WORTHWHILE:
        found = yield from _pruned(dialect, node, wanted, limit, cursor, weights, corpus)
        if found is not None:
            return found, corpus
    return (yield from dialect.page(node, limit, cursor, corpus=corpus)), corpus


def behind(
    dialect: Dialect, node: Node, limit: int, cursor: Cursor | None, without: Collection[int]
) -> Plan[list[Candidate]]:
    """The candidates by words, without the thoughts in `without`."""
    if cursor is None:
        newest = (yield from dialect.newest_id()) or 0
        cursor = Cursor("", datetime.now(timezone.utc), newest=newest)
    found, _ = yield from best(dialect, node, limit, replace(cursor, seen=tuple(without)))
    return found


def _pruned(
    dialect: Dialect,
    node: Node,
    wanted: Node,
    limit: int,
    cursor: Cursor | None,
    weights: Mapping[Phrase, int],
    corpus: Corpus,
) -> Plan[list[Candidate] | None]:
    """The best of the thoughts that hold one of the rarest words; None where another thought could score more."""
    share = yield from _share_left(dialect, node, wanted, corpus.documents)
    by_rarity = sorted(weights, key=lambda phrase: corpus.frequencies[phrase])
    values = [idf(corpus.documents, corpus.frequencies[phrase]) * weights[phrase] for phrase in by_rarity]
    frequencies = [corpus.frequencies[phrase] for phrase in by_rarity]
    enough = _first_reaching(limit / share, frequencies)
    bound = values[min(enough, len(values)) - 1] * _EXPECTED
    # The second pass knows the k-th score so far. More thoughts can only raise it.
    for _ in range(2):
        essential = max(enough, _essential(values, bound))
        if sum(frequencies[:essential]) >= sum(frequencies) * _WORTH_PRUNING:
            return None
        found = yield from dialect.page(node, limit, cursor, corpus=corpus, among=by_rarity[:essential])
        bound = found[-1].score if len(found) == limit else 0.0
        if _reachable(values[essential:]) < bound:
            return found
    return None


def any_of(node: Node) -> Node | None:
    """The only part of the query that scores, where it is an Or of phrases; None for any other query."""
    for part in node.children if isinstance(node, And) else (node,):
        if isinstance(part, Or) and part.children == scoring_phrases(node):
            return part
    return None


def _share_left(dialect: Dialect, node: Node, wanted: Node, documents: int) -> Plan[float]:
    """The estimated share of the thoughts that the rest of the query accepts; 1 where it has no effect."""
    others = tuple(part for part in node.children if part is not wanted) if isinstance(node, And) else ()
    left = (yield from dialect.estimated(And(others))) if others else None
    return 1.0 if left is None else min(max(left, 1) / documents, 1.0)


def _reachable(values: Sequence[float]) -> float:
    return sum(values) * (K1 + 1) * _SAFETY


def _essential(values: Sequence[float], bound: float) -> int:
    """How many of the rarest words must be sought so that the other words alone can't reach the bound."""
    count = len(values)
    while count > 0 and _reachable(values[count - 1 :]) < bound:
        count -= 1
    return count


def _first_reaching(limit: float, frequencies: Sequence[int]) -> int:
    total = 0
    for count, frequency in enumerate(frequencies, 1):
        total += frequency
        if total >= limit:
            return count
    return len(frequencies)
