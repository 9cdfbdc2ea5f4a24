"""The counts behind scores on PostgreSQL: thoughts, tokens, and how many thoughts hold a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..contract.statement import Plan, Statement
from .lexeme import lexeme, quoted_lexeme
from .shape import Shape

#: Each search counts up to this many thoughts, or new thoughts since the last count. That takes about 2 ms.
COUNTED = 10_000
# Words that this many thoughts hold are counted beforehand. To count one takes up to a fifth of a millisecond.
_COMMON = 200
# In the planner's statistics, which come from a sample, words are common from this number on.
_COMMON_IN_SAMPLE = 1_000

#: The number of thoughts, of tokens, and of the thoughts that hold each of some words.
Counts: TypeAlias = "tuple[int, int, list[int]]"


def outgrown(rows: int, counted: int) -> bool:
    """Whether a table of `rows` thoughts has outgrown the last count, by the rule of 0006_counts.sql."""
    return abs(rows - counted) >= COUNTED + counted // 50 or counted > COUNTED >= rows


class _Known(NamedTuple):
    """A row of thoughtsearch_counts().

    For each word it has the share of thoughts that hold it or their number; the other is None. It has no words where the
    table has outgrown the last count. `outgrown` is None where row security hides some thoughts.
    """

    thoughts: int | None
    tokens: int | None
    new: int
    new_tokens: int
    outgrown: bool | None
    shares: list[Any]
    counts: list[Any]


class PostgresCounts:
    """The counts of one table. `sql` gives a statement of the SQL files for it. With `exact`, nothing is estimated."""

    def __init__(self, shape: Shape, sql: Callable[[str, str], str], *, exact: bool = False) -> None:
        self._shape = shape
        self._sql = sql
        self._exact = exact

    def of(self, terms: Sequence[str]) -> Plan[Counts]:
        """The counts for these analysed words.

        They are counted where that is quick. Otherwise they are made of the last count: its thoughts plus the new ones, and
        each word's share of them. Where the table has outgrown the last count, or there is none, they are the planner's
        estimates. Where row security hides some thoughts from this role, only the visible ones are counted. All other
        figures would tell about the hidden ones.
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
        """The planner's estimate for common words, and counts for the others."""
        place = {"schema": self._shape.schema, "table": self._shape.indexed}
        asked = {**place, "words": words, "queries": queries, "least": _COMMON_IN_SAMPLE / documents}
        rows = yield Statement(self._sql("search", "estimated_counts"), asked)
        return [round(share * documents) if count is None else count for share, count in rows]

    def refresh_statistics(self) -> Plan[None]:
        """Run `renew` if it is due and this role may do it."""
        known = yield from self._known([], [])
        if known.outgrown and (yield Statement(self._sql("setup", "may_maintain"), {"table": self._table}))[0][0]:
            yield from self.renew()

    def renew(self) -> Plan[None]:
        """Count anew what scores are made of, and shorten the lists that a search reads beside the index.

        Only an owner may do this.
        """
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
