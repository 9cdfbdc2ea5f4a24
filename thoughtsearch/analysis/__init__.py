"""Analysis: from a text to the very terms that FTS5 indexes."""

from .porter import stem
from .stopwords import STOP_WORDS
from .tokens import INDEXED_CHARACTERS, Run, Token, fold, has_cjk, runs, term, terms, tokens, word_at

__all__ = [
    "INDEXED_CHARACTERS",
    "STOP_WORDS",
    "Run",
    "Token",
    "fold",
    "has_cjk",
    "runs",
    "stem",
    "term",
    "terms",
    "tokens",
    "word_at",
]
