"""Cuts the query text into tokens, each with its position. It never fails: what isn't syntax is a word."""

from __future__ import annotations

import re
from typing import NamedTuple

from .predicates import PATH, VALUE

#: Filters that the text may hold as `field:value`, beside `meta.PATH`.
FIELDS = ("ai", "type", "session", "cycle", "tag", "since", "until")

_QUOTES = '"“”'
_FILTER = re.compile(rf"({'|'.join(FIELDS)}):({VALUE})", re.DOTALL)
_META = re.compile(rf"meta\.({PATH})(==|!=|>=|<=|[:=<>])({VALUE})", re.DOTALL)
_FIELD_LIKE = re.compile(r"([A-Za-z_]+):[^\s:/]")
# What an operator sign applies to follows it directly; `->`, `--all`, `-=` and a lone `-` are words.
_SIGN = re.compile(r'[+-](?=[\w("“/.~$@#]|[^\x00-\x7f])')


class QueryToken(NamedTuple):
    """A token of the query text. `kind` is one of ( ) + - AND OR NOT word phrase filter meta.

    `parts` are a filter's pieces as written.
    """

    kind: str
    position: int
    text: str = ""
    parts: tuple[str, ...] = ()
    prefix: bool = False
    finished: bool = True


def lex(text: str) -> list[QueryToken]:
    """The tokens in order. A quotation mark that nothing closes becomes a word with `finished` False."""
    tokens: list[QueryToken] = []
    position = depth = 0
    while position < len(text):
        character = text[position]
        if character.isspace():
            position += 1
            continue
        token, position = _next(text, position, depth)
        depth += (token.kind == "(") - (token.kind == ")" and depth > 0)
        tokens.append(token)
    return tokens


def _next(text: str, position: int, depth: int) -> tuple[QueryToken, int]:
    character = text[position]
    if character in "()":
        return QueryToken(character, position, character), position + 1
    if character in _QUOTES:
        return _quoted(text, position)
    if _SIGN.match(text, position):
        return QueryToken(character, position, character), position + 1
    found = _FILTER.match(text, position)
    kind = "filter"
    if not found:
        found = _META.match(text, position)
        kind = "meta"
    if found:
        parts = [part for part in found.groups() if part is not None]
        value = parts[-1]
        if depth and not value.startswith('"'):
            value = value[: _word_end(value, 0, depth)]
        if value:
            end = found.start(len(found.groups())) + len(value)
            return QueryToken(kind, position, text[position:end], (*parts[:-1], value)), end
    return _word(text, position, depth)


def _quoted(text: str, position: int) -> tuple[QueryToken, int]:
    end = position + 1
    while end < len(text) and text[end] not in _QUOTES:
        end += 1
    if end == len(text):
        return QueryToken("word", position, text[position], finished=False), position + 1
    prefix = text[end + 1 : end + 2] == "*"
    return QueryToken("phrase", position, text[position + 1 : end], prefix=prefix), end + 1 + prefix


def _word(text: str, position: int, depth: int) -> tuple[QueryToken, int]:
    end = _word_end(text, position, depth)
    word = text[position:end]
    if word in ("AND", "OR", "NOT"):
        return QueryToken(word, position, word), end
    prefix = word.find("*") == len(word) - 1 and word[-2:-1].isalnum()
    return QueryToken("word", position, word[:-1] if prefix else word, prefix=prefix), end


def _word_end(text: str, position: int, depth: int) -> int:
    """Where the word ends: at a blank, a quote, or the parenthesis that closes an open group (but not that of `f(x)`)."""
    end, opened = position, 0
    while end < len(text) and not text[end].isspace() and text[end] not in _QUOTES:
        if text[end] == "(":
            opened += 1
        elif text[end] == ")":
            if opened == 0 and depth > 0:
                break
            opened -= 1
        end += 1
    return end


def field_like(word: str) -> str | None:
    """The part before the colon, if the word looks like a filter: `typ` of `typ:insight`."""
    found = _FIELD_LIKE.match(word)
    return found[1] if found else None
