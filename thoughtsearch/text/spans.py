"""Finds words inside a text without analysing all of it, which makes snippets cheap.

Outside ASCII it goes character by character. The regular expression of `tokens.py` takes 9 ms to compile, which is too much
for one search on the command line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache

from .tokens import ASCII_WORD, TextSpan, term
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


def occurrences(text: str, sought: Sequence[tuple[Sequence[str], bool]], budget: int) -> list[tuple[int, int, int]]:
    """Start, end and number of each of these phrases, as far as the budget of looks at a word goes.

    A phrase is given by its terms; with True the last of them is a prefix.
    """
    folded = fold(text)
    found = []
    for number, (terms, prefix) in enumerate(sought):
        for start, end in _of_phrase(folded, terms, prefix, [max(1, budget // len(sought))]):
            found.append((start, end, number))
    return found


def _of_phrase(folded: str, terms: Sequence[str], prefix: bool, budget: list[int]) -> Iterator[tuple[int, int]]:
    stem = terms[0]
    # Porter changes only the end of a word: but for its last letter, a term begins each word that it stands for.
    whole = len(stem) < 3 or not stem.isascii() or (prefix and len(terms) == 1)
    sought = stem if whole else stem[:-1]
    position = folded.find(sought)
    while position >= 0 and budget[0] > 0:
        budget[0] -= 1
        begins = token_at(folded, position)
        end = _phrase_end(folded, begins, terms, prefix, budget) if begins else None
        if end:
            yield position, end
        # Inside a word the same letters begin nothing. The search goes on past it, so that an endless word is read once.
        position = folded.find(sought, position + 1 if begins else word_end(folded, position))


def _phrase_end(folded: str, token: TextSpan | None, terms: Sequence[str], prefix: bool, budget: list[int]) -> int | None:
    """Where the phrase that begins with this token ends; None if it doesn't stand there."""
    end, last = 0, len(terms) - 1
    for index, wanted in enumerate(terms):
        budget[0] -= 1
        if token is None or not _same(token, wanted, prefix and index == last):
            return None
        end = token.start + len(wanted) if token.cjk else token.end
        # Pairs overlap: the next one begins at the second character, also where that is a run's last token.
        following = token.start + 1 if len(token.text) > 1 and token.cjk else token.end
        if index < last:
            token = token_at(folded, next_token(folded, following))
    return end


def _same(token: TextSpan, wanted: str, prefix: bool) -> bool:
    analysed = token.text if token.cjk else term(token.text)
    return analysed.startswith(wanted) if prefix else analysed == wanted
