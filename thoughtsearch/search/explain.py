"""How the score of a hit came about, term by term."""

from __future__ import annotations

from collections.abc import Sequence

from ..bm25 import Corpus, idf, leaf_score
from ..models import Explanation, TermScore
from ..query.match import Document
from ..query.tree import Phrase


def explain(document: Document, leaves: Sequence[Phrase], corpus: Corpus, rank: int) -> Explanation:
    """How the thought's score came about; the terms' scores sum up to it."""
    terms = []
    for leaf in leaves:
        df = corpus.frequencies[leaf]
        weight = idf(corpus.documents, df)
        tf = document.frequency(leaf)
        score = leaf_score(weight, tf, document.length, corpus.average_length)
        terms.append(TermScore(str(leaf), tf, df, weight, score))
    return Explanation(tuple(terms), document.length, corpus.average_length, corpus.documents, {"text": rank})
