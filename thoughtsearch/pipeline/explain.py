"""Explains the score of a hit, term by term."""

from __future__ import annotations

from collections.abc import Sequence

from ..bm25 import Corpus, idf, phrase_score
from ..models import Explanation, TermScore
from ..query.match import Document
from ..query.tree import Phrase


def explain(document: Document, phrases: Sequence[Phrase], corpus: Corpus, rank: int) -> Explanation:
    """Explain the thought's score. The terms' scores add up to it."""
    terms = []
    for phrase in phrases:
        df = corpus.frequencies[phrase]
        weight = idf(corpus.documents, df)
        tf = document.frequency(phrase)
        score = phrase_score(weight, tf, document.length, corpus.average_length)
        terms.append(TermScore(str(phrase), tf, df, weight, score))
    return Explanation(tuple(terms), document.length, corpus.average_length, corpus.documents, {"text": rank})
