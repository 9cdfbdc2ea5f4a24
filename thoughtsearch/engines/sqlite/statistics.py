"""The counts behind scores on SQLite. FTS5 keeps them exactly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from ...bm25 import Corpus
from ...query.tree import Phrase
from ...sql import statements
from ..contract.statement import Plan, Statement
from .compiler import phrase_expression

_SEARCH = statements("sqlite", "search")


def corpus(phrases: Iterable[Phrase]) -> Plan[Corpus]:
    """The figures that BM25 uses for these phrases."""
    documents, tokens = 0, 0
    for (block,) in (yield Statement(_SEARCH["index_totals"])):
        documents, *columns = varints(block) or [0]
        tokens = sum(columns)
    frequencies = {}
    for phrase in dict.fromkeys(phrases):
        rows = yield Statement(_SEARCH["document_frequency"], {"match": phrase_expression(phrase)})
        frequencies[phrase] = int(rows[0][0])
    return Corpus(documents, tokens, frequencies)


def word_frequencies(terms: Sequence[str]) -> Plan[Mapping[str, int]]:
    """How many thoughts hold each of these analysed words."""
    found = yield Statement(_SEARCH["word_frequencies"], {"terms": json.dumps(terms)})
    return {str(term): int(count) for term, count in found}


def varints(block: bytes) -> list[int]:
    """The integers of FTS5's averages record, in SQLite's variable-length format: rows, then tokens by column."""
    numbers, value = [], 0
    for byte in block:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return numbers
