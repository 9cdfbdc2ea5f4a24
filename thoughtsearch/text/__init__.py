"""Analysis: turns a text into exactly the terms that FTS5 indexes."""

from .porter import stem
from .spans import fold, next_token, token_at, word_end
from .stopwords import STOP_WORDS
from .tokens import INDEXED_CHARACTERS, VERSION, TextSpan, Token, has_cjk, runs, term, terms, tokens

__all__ = [
    "INDEXED_CHARACTERS",
    "STOP_WORDS",
    "VERSION",
    "TextSpan",
    "Token",
    "fold",
    "has_cjk",
    "next_token",
    "runs",
    "stem",
    "term",
    "terms",
    "token_at",
    "tokens",
    "word_end",
]
