"""Finds words inside a text without analysing all of it, which makes snippets cheap.

Outside ASCII it goes character by character. The regular expression of `tokens.py` takes 9 ms to compile, which is too much
for one search on the command line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from .tokens import ASCII_WORD, TextSpan
from .unicode61 import CJK, DIACRITIC, FOLDED, UNFOLDED, WORD

_UPPER, _LOWER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz"
_LOWER_ASCII = bytes.maketrans(_UPPER, _LOWER)
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_OTHER, _WORD, _CJK, _MARK = range(4)


@cache
def _folds() -> dict[str, str]:
    return dict(zip(UNFOLDED, FOLDED, strict=True))


@cache
def _ranges() -> tuple[list[str], list[tuple[str, int]]]:
    """The first characters of all ranges, in order; and the last character and kind of each range."""
    found = []
    for kind, characters in ((_WORD, "0-9A-Za-z" + WORD), (_CJK, CJK), (_MARK, DIACRITIC)):
        position = 0
        while position < len(characters):
            ranged = characters[position + 1 : position + 2] == "-"
            found.append((characters[position], characters[position + 2 * ranged], kind))
            position += 1 + 2 * ranged
    found.sort()
    return [first for first, _, _ in found], [(last, kind) for _, last, kind in found]


class _Kinds(dict[str, int]):
    """Caches the kind of each character."""

    def __missing__(self, character: str) -> int:
        firsts, lasts = _ranges()
        last, kind = lasts[max(0, bisect_right(firsts, character) - 1)]
        self[character] = kind if firsts[0] <= character <= last else _OTHER
        return self[character]


_KINDS = _Kinds()


def fold(text: str) -> str:
    """The text in lower case without diacritics, one character for one, so that every offset stays."""
    if text.isascii():
        return text.lower()
    # This takes a tenth of the time of str.translate(), which goes character by character.
    folded = text.encode("utf-8", "surrogatepass").translate(_LOWER_ASCII).decode("utf-8", "surrogatepass")
    for letter in _folds().keys() & _NOT_ASCII.findall(text):
        folded = folded.replace(letter, _folds()[letter])
    return folded


def token_at(text: str, position: int) -> TextSpan | None:
    """The token that begins at this position; in a CJK run a pair, or its last character. None if no token begins here."""
    if text.isascii():
        if position and text[position - 1].isalnum():
            return None
        found = ASCII_WORD.match(text, position)
        return TextSpan(found[0], position, found.end(), False) if found else None
    kind = _KINDS[text[position]] if position < len(text) else _OTHER
    if kind == _CJK:
        end = position + 1 + (position + 1 < len(text) and _KINDS[text[position + 1]] == _CJK)
        return TextSpan(text[position:end], position, end, True)
    before = position - 1
    while before >= 0 and _KINDS[text[before]] == _MARK:
        before -= 1  # a mark belongs to the word around it
    if kind != _WORD or (before >= 0 and _KINDS[text[before]] == _WORD):
        return None
    end = word_end(text, position)
    return TextSpan(text[position:end], position, end, False)


def word_end(text: str, position: int) -> int:
    """Where the word around this position ends; the next position if there is no word."""
    if text.isascii():
        found = ASCII_WORD.match(text, position)
        return found.end() if found else position + 1
    if _KINDS[text[position]] != _WORD:
        return position + 1
    while position < len(text) and _KINDS[text[position]] in (_WORD, _MARK):
        position += 1
    return position


def next_token(text: str, position: int) -> int:
    """The first position from this one on that is no separator; the length of the text if there is none."""
    if text.isascii():
        found = ASCII_WORD.search(text, position)
        return found.start() if found else len(text)
    while position < len(text) and _KINDS[text[position]] not in (_WORD, _CJK):
        position += 1
    return position
