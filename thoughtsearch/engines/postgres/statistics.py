"""What the scores of a search on PostgreSQL are made of: how many thoughts and tokens there are, and who holds a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..contract.statement import Plan, Statement
from .lexeme import lexeme, quoted_lexeme
from .shape import Shape

#: So many thoughts, or so many that came since the last count, are counted anew by each search: about 2 ms.
COUNTED = 10_000
# Words that so many thoughts hold are counted beforehand: counting one takes up to a fifth of a millisecond.
_COMMON = 200
# By the planner's statistics they are common from here on: those are of a sample.
_COMMON_IN_SAMPLE = 1_000

#: Thoughts, tokens, and how many thoughts hold each of some words.
Counts: TypeAlias = "tuple[int, int, list[int]]"


def outgrown(rows: int, counted: int) -> bool:
    """Whether a table of so many thoughts is another one than was counted: the rule of 0006_counts.sql."""
    return abs(rows - counted) >= COUNTED + counted // 50 or counted > COUNTED >= rows


class _Known(NamedTuple):
    """A row of thoughtsearch_counts(). Of each word either the share of thoughts that hold it or their number, else None;
    of none where the table has outgrown what was counted; where row security hides some thoughts, `outgrown` is None."""

    thoughts: int | None
    tokens: int | None
    new: int
    new_tokens: int
    outgrown: bool | None
    shares: list[Any]
    counts: list[Any]


class PostgresCounts:
    """The counts of one table; `sql` gives a statement of the SQL files for it. `exact`: nothing is estimated."""

    def __init__(self, shape: Shape, sql: Callable[[str, str], str], *, exact: bool = False) -> None:
        self._shape = shape
        self._sql = sql
        self._exact = exact

    def of(self, terms: Sequence[str]) -> Plan[Counts]:
        """Of these analysed words.

        Counted where that is quick; else thoughts as last counted and what came since, and a word's share of them as last
        counted; where the table is another one by now, or nothing was counted yet, the planner's estimates. Where row
        security hides some thoughts from this role, the others are counted: all the rest would tell of those hidden.
        """
        words, queries = [lexeme(term) for term in terms], [quoted_lexeme(term) for term in terms]
        if self._exact:
            return (yield from self._counted(queries))
        known = yield from self._known(words, queries)
        if known.outgrown is None:
            return (yield from self._counted(queries))
        if not known.outgrown:
            documents = (known.thoughts or 0) + known.new
            pairs = zip(known.shares, known.counts, strict=True)
            found = [count if share is None else round(share * documents) for share, count in pairs]
            return documents, (known.tokens or 0) + known.new_tokens, found
        documents, tokens = yield from self._estimated_totals()
        if documents > COUNTED:
            return documents, tokens, (yield from self._estimated(documents, words, queries))
        return (yield from self._counted(queries))

    def _known(self, words: list[str], queries: list[str]) -> Plan[_Known]:
        asked = {"most": COUNTED, "words": words, "queries": queries}
        return _Known(*(yield Statement(self._sql("search", "counts"), asked))[0])

    def _counted(self, queries: Sequence[str]) -> Plan[Counts]:
        documents, tokens = (yield Statement(self._sql("search", "counted_totals")))[0]
        found = yield Statement(self._sql("search", "exact_counts"), {"queries": queries})
        return int(documents), int(tokens), [int(count) for (count,) in found]

    def _estimated_totals(self) -> Plan[tuple[int, int]]:
        estimated = yield Statement(self._sql("search", "estimated_totals"), {"table": self._table})
        if not estimated or estimated[0][1] is None:
            estimated = yield Statement(self._sql("search", "counted_totals"))
        return int(estimated[0][0]), int(estimated[0][1])

    def _estimated(self, documents: int, words: Sequence[str], queries: Sequence[str]) -> Plan[list[int]]:
        """Of common words the planner's estimate; the others are counted."""
        place = {"schema": self._shape.schema, "table": self._shape.indexed}
        asked = {**place, "words": words, "queries": queries, "least": _COMMON_IN_SAMPLE / documents}
        rows = yield Statement(self._sql("search", "estimated_counts"), asked)
        return [round(share * documents) if count is None else count for share, count in rows]

    def refresh_statistics(self) -> Plan[None]:
        """`renew`, where that is due and this role may."""
        known = yield from self._known([], [])
        if known.outgrown and (yield Statement(self._sql("setup", "may_maintain"), {"table": self._table}))[0][0]:
            yield from self.renew()

    def renew(self) -> Plan[None]:
        """Count anew what scores are made of, and shorten what a search reads beside the index. Only an owner may."""
        for name in ("search", "tags", "metadata"):
            yield Statement(self._sql("setup", "clean_pending"), {"index": f"{self._table}_{name}"})
        yield Statement(self._sql("setup", "analyze"))
        yield Statement(self._sql("setup", "refresh_statistics"))
        yield Statement(self._sql("setup", "forget_words"))
        vectors = f"SELECT search_vector FROM {self._table}"
        yield Statement(self._sql("setup", "count_words"), {"vectors": vectors, "least": _COMMON})

    @property
    def _table(self) -> str:
        """The table that holds the vectors, in SQL."""
        return self._shape.prefix + self._shape.indexed
