"""Turn analysed terms into PostgreSQL's lexemes, and phrases of them into a tsquery."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import md5
from typing import Any, TypeAlias

from ...query.tree import Phrase

#: Makes a placeholder for a value of an SQL type.
Bind: TypeAlias = Callable[[Any, str], str]

#: A lexeme has at most 2,046 bytes. The index holds the beginning and a digest of a longer term (see 0001_analysis.sql).
LONGEST_LEXEME = 1_000
_KEPT = 900


def lexeme(term: str) -> str:
    """The lexeme that the index holds for an analysed term."""
    encoded = term.encode()
    if len(encoded) <= LONGEST_LEXEME:
        return term
    return encoded[:_KEPT].decode("utf-8", "ignore") + md5(encoded, usedforsecurity=False).hexdigest()


def quoted_lexeme(term: str) -> str:
    """The tsquery for a single analysed term."""
    return "'" + lexeme(term).replace("\\", "\\\\").replace("'", "''") + "'"


def phrase_expression(phrase: Phrase) -> str:
    """A phrase as a tsquery."""
    words = [quoted_lexeme(word.term) for word in phrase.words]
    if phrase.prefix:
        words[-1] += ":*"
    return words[0] if len(words) == 1 else "(" + " <-> ".join(words) + ")"
