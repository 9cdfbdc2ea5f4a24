"""Looking for words inside a text without analysing all of it: what makes a snippet cheap.

Outside ASCII it goes character by character: the regular expression of `tokens.py` takes 9 ms to compile, which is much
for one search on the command line.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

from .tokens import ASCII_WORD, Run
from .unicode61 import CJK, DIACRITIC, FOLDED, UNFOLDED, WORD

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_OTHER, _WORD, _CJK, _MARK = range(4)


@cache
def _folds() -> dict[int, int]:
    return str.maketrans(_UPPER + UNFOLDED, _LOWER + FOLDED)


@cache
def _ranges() -> tuple[list[str], list[tuple[str, int]]]:
    """The first characters of all ranges, in order, and each one's last character and kind."""
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
    """Each character's kind, found once."""

    def __missing__(self, character: str) -> int:
        firsts, lasts = _ranges()
        last, kind = lasts[max(0, bisect_right(firsts, character) - 1)]
        self[character] = kind if firsts[0] <= character <= last else _OTHER
        return self[character]


_KINDS = _Kinds()


def fold(text: str) -> str:
    """The text in lower case without diacritics, character for character: every offset stays."""
    return text.lower() if text.isascii() else text.translate(_folds())


def word_at(text: str, position: int) -> Run | None:
    """The run that begins at this position (inside a CJK run: its rest); None in a word or a separator."""
    if text.isascii():
        found = ASCII_WORD.match(text, position)
        if found is None or (position and text[position - 1].isalnum()):
            return None
        return Run(found[0], position, found.end(), False)
    kind = _KINDS[text[position]] if position < len(text) else _OTHER
    if kind not in (_WORD, _CJK):
        return None
    before = position - 1
    while before >= 0 and _KINDS[text[before]] == _MARK:
        before -= 1  # a mark belongs to the word that it stands in
    if kind == _WORD and before >= 0 and _KINDS[text[before]] == _WORD:
        return None
    return _run(text, position, kind)


def _run(text: str, position: int, kind: int) -> Run:
    end = position + 1
    inside = (kind, _MARK) if kind == _WORD else (kind,)
    while end < len(text) and _KINDS[text[end]] in inside:
        end += 1
    return Run(text[position:end], position, end, kind == _CJK)


def next_word(text: str, position: int) -> Run | None:
    """The first run at or after the position, which must not be inside a word."""
    if text.isascii():
        found = ASCII_WORD.search(text, position)
        return Run(found[0], found.start(), found.end(), False) if found else None
    while position < len(text) and _KINDS[text[position]] not in (_WORD, _CJK):
        position += 1
    return _run(text, position, _KINDS[text[position]]) if position < len(text) else None
