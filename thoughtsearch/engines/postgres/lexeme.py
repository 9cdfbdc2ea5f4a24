"""Analysed terms as PostgreSQL's lexemes, and phrases of them as a tsquery."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import md5
from typing import Any, TypeAlias

from ...query.tree import Phrase

#: Makes a placeholder for a value of an SQL type.
Bind: TypeAlias = Callable[[Any, str], str]

#: A lexeme is at most 2,046 bytes; a longer term is indexed as its beginning and a digest (see 0001_analysis.sql).
LONGEST_LEXEME = 1_000
_KEPT = 900


def lexeme(term: str) -> str:
    """What stands in the index for an analysed term."""
    encoded = term.encode()
    if len(encoded) <= LONGEST_LEXEME:
        return term
    return encoded[:_KEPT].decode("utf-8", "ignore") + md5(encoded, usedforsecurity=False).hexdigest()


def quoted_lexeme(term: str) -> str:
    """The tsquery of an analysed term alone."""
    return "'" + lexeme(term).replace("\\", "\\\\").replace("'", "''") + "'"


def phrase_expression(phrase: Phrase) -> str:
    """A phrase as a tsquery."""
    words = [quoted_lexeme(word.term) for word in phrase.words]
    if phrase.prefix:
        words[-1] += ":*"
    return words[0] if len(words) == 1 else "(" + " <-> ".join(words) + ")"
