"""How often a phrase stands in a thought, on stock PostgreSQL: exactly, and at the price of a ts_rank.

With all weights 1, ts_rank gives a single lexeme Σ 1/j² for j from 1 to its number of positions, divided by π²/6 as float4.
So a search in a list of thresholds gives the number back. ts_rank_cd counts covers: each occurrence of a phrase of adjacent
words is a cover of rank 1, and so is each position of a prefix. It takes about three times as long.

A tsvector keeps 255 positions of a lexeme, and none beyond 16,383. Where that is too few, the text itself is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple, Protocol

from ...query.tree import Phrase
from .lexeme import Bind, lexeme, phrase_expression

MOST_POSITIONS, LAST_POSITION = 255, 16_383
_SUMS = [0.0, *accumulate(1 / number**2 for number in range(1, MOST_POSITIONS + 1))]
# Half way between the rank of one number of positions and that of the next.
# Kept as a text, which is written once and not for each search.
_THRESHOLDS = (
    "{" + ",".join(repr((low + high) / 2 / 1.64493406685) for low, high in zip(_SUMS, _SUMS[1:], strict=False)) + "}"
)
_BY_WORD = (
    "pg_catalog.width_bucket(pg_catalog.ts_rank('{{1,1,1,1}}', t.search_vector, {query})::float8, %(thresholds)s::float8[])"
)
_TOGETHER = 8
_BY_COVER = "pg_catalog.ts_rank_cd('{{1,1,1,1}}', t.search_vector, {query})"


class _Bound(Protocol):
    parameters: dict[str, Any]

    def bind(self, value: Any, kind: str) -> str: ...


class Frequency(NamedTuple):
    """How to count a phrase. `counted` is what the vector says, as a column of this name.

    `exact` is that column or, where the vector lacks positions, the count in the text.
    """

    name: str
    counted: str
    exact: str

    @classmethod
    def of(cls, phrase: Phrase, name: str, compiled: _Bound) -> Frequency:
        """The term frequency of the phrase."""
        query = compiled.bind(phrase_expression(phrase), "tsquery")
        count = counted(phrase, compiled.bind)
        if len(phrase.words) == 1 and not phrase.prefix:
            compiled.parameters["thresholds"] = _THRESHOLDS
            vector = _BY_WORD.format(query=query)
            few = f"t.{name} >= {MOST_POSITIONS}::float8 OR (t.{name} > 0::float8 AND t.search_length > {LAST_POSITION})"
        else:
            vector, few = _BY_COVER.format(query=query), crowded(phrase, compiled.bind)
        return cls(name, f"{vector}::float8", f"CASE WHEN {few} THEN {count}::float8 ELSE t.{name} END")


def many_frequencies(phrases: Sequence[Phrase]) -> dict[str, Any]:
    """The parameters with which `search_ranked_by_many` counts any number of phrases."""
    terms = [[lexeme(word.term) for word in phrase.words] for phrase in phrases]
    alone = map(words_of, phrases)
    return {
        "queries": [phrase_expression(phrase) for phrase in phrases],
        "words": [" ".join(words) for words in terms],
        "any_words": [" | ".join(words) for words in alone],
        "prefixes": [phrase.prefix for phrase in phrases],
        "most_positions": MOST_POSITIONS,
        "last_position": LAST_POSITION,
    }


def crowded(phrase: Phrase, bind: Bind) -> str:
    """Whether the row's vector may lack positions that decide about a phrase or a prefix."""
    words = list(dict.fromkeys(words_of(phrase)))
    if len(words) == 1:
        return crowded_by(words, bind)
    tests = [f"{_BY_COVER.format(query=bind(one, 'tsquery'))} >= {MOST_POSITIONS}::float4" for one in words]
    # All words are tested together first: together they hardly ever have so many positions.
    full = " OR ".join([f"t.search_length > {LAST_POSITION}", *tests])
    return f"({crowded_by(words, bind)} AND ({full}))"


def crowded_by(words: Sequence[str], bind: Bind) -> str:
    """Whether the row's vector may lack positions of any of these words (each a tsquery), as they have many together."""
    # A few at a time: to test many at once costs time for each of them at each position of any of them.
    groups = [" | ".join(words[at : at + _TOGETHER]) for at in range(0, len(words), _TOGETHER)]
    tests = [f"{_BY_COVER.format(query=bind(group, 'tsquery'))} >= {MOST_POSITIONS}::float4" for group in groups]
    # If a word stands so often, that many tokens are no lexeme of their own.
    repeated = f"t.search_length - pg_catalog.length(t.search_vector) >= {MOST_POSITIONS - 1} AND ({' OR '.join(tests)})"
    return f"(t.search_length > {MOST_POSITIONS} AND (t.search_length > {LAST_POSITION} OR {repeated}))"


def words_of(phrase: Phrase) -> list[str]:
    """Each word of the phrase as a tsquery."""
    return [phrase_expression(Phrase((word,), phrase.prefix and word is phrase.words[-1])) for word in phrase.words]


def counted(phrase: Phrase, bind: Bind) -> str:
    """SQL that counts how often the phrase stands in the row's text."""
    words = bind([lexeme(word.term) for word in phrase.words], "text[]")
    return (
        "/*schema*/thoughtsearch_count(t.thought_content, t.thought_type, /*schema*/thoughtsearch_joined(t.tags), "
        f"{words}, {bind(phrase.prefix, 'boolean')})"
    )
