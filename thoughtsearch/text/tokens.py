"""Turns texts into the terms that FTS5 indexes, to match and mark words outside the database.

The terms are those of `tokenize='porter unicode61 remove_diacritics 2'` over the view of the migration
`0002_text_view.sql`. A run of CJK characters c1 c2 … cn becomes the bigrams c1c2 … c(n-1)cn and a last, single cn. Any
other run of token characters is one word, folded and stemmed.
"""

from __future__ import annotations

import re
from functools import cache, partial
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, NamedTuple

from . import unicode61
from .porter import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

INDEXED_CHARACTERS = 65_536
#: We raise it when the analysis gives other terms than before, here and in both engines. What an older version indexed
#: must then be indexed again (see doctor.py).
VERSION = 1

# FTS5 cuts a longer token after this many bytes, before it writes it to the index; the cut may halve a character.
LONGEST_TERM = 32_768

FIRST_CJK = "\u1100"
COMBINING_MARKS = range(0x300, 0x370)  # the block of all marks that unicode61 drops

ASCII_WORD = re.compile("[0-9A-Za-z]+")


class Token(NamedTuple):
    """A term, with the offsets in the text of the characters that it stands for."""

    term: str
    start: int
    end: int


class TextSpan(NamedTuple):
    """Adjoining token characters as written, with their offsets in the text; either all of them are CJK or none is."""

    text: str
    start: int
    end: int
    cjk: bool


_token: Callable[[tuple[str, int, int]], Token] = partial(tuple.__new__, Token)
_written: Callable[[re.Match[str]], str] = re.Match.group
_start: Callable[[re.Match[str]], int] = re.Match.start
_end: Callable[[re.Match[str]], int] = re.Match.end


class _Terms(dict[str, str]):
    """Caches the terms of words. It is a dict, as its look-up costs half as much as that of an lru_cache."""

    CAPACITY = 65_536
    LONGEST = 64  # longer words rarely repeat; caching them could fill the memory

    def __missing__(self, word: str) -> str:
        found = _analysed(word)
        if len(word) <= self.LONGEST:
            if len(self) >= self.CAPACITY:
                self.clear()
            self[word] = found
        return found


_TERMS = _Terms()
_term_of = _TERMS.__getitem__


@cache
def _cjk_pattern() -> re.Pattern[str]:
    return re.compile(f"[{unicode61.CJK}]")


@cache
def run_pattern() -> re.Pattern[str]:
    # A large character class tries its ranges one by one before it refuses a blank. So the pattern first checks that a
    # character isn't ASCII, and only then tries a class: no class meets ASCII at the edge of a word.
    word, mark, cjk = unicode61.WORD, unicode61.DIACRITIC, unicode61.CJK
    foreign, rest = r"[^\x00-\x7f]", f"[0-9A-Za-z{word}{mark}]*"
    return re.compile(
        f"[0-9A-Za-z]+(?:{foreign}(?<=[{word}{mark}]){rest})?|{foreign}(?:(?<=[{word}]){rest}|(?<=[{cjk}])[{cjk}]*)"
    )


@cache
def _folds() -> dict[int, int | None]:
    marks = re.findall(f"[{unicode61.DIACRITIC}]", "".join(map(chr, COMBINING_MARKS)))
    changed = str.maketrans(ascii_uppercase + unicode61.UNFOLDED, ascii_lowercase + unicode61.FOLDED)
    return {**changed, **dict.fromkeys(map(ord, marks))}


def _analysed(word: str) -> str:
    folded = word.lower() if word.isascii() else word.translate(_folds())
    if len(folded) * 4 > LONGEST_TERM:
        return folded.encode("utf-8", "replace")[:LONGEST_TERM].decode("utf-8", "replace")
    return stem(folded)


def _indexed(text: str) -> str:
    """The part of the text that is analysed. SQLite's text functions stop at a NUL, and so does the view."""
    return text[:INDEXED_CHARACTERS].partition("\0")[0]


def is_cjk(run: str) -> bool:
    return run >= FIRST_CJK and _cjk_pattern().match(run) is not None


def has_cjk(text: str) -> bool:
    return not text.isascii() and _cjk_pattern().search(text) is not None


#: The term of one word without CJK characters. A dictionary's own method: it is called for every word.
term: Callable[[str], str] = _term_of


def terms(text: str) -> list[str]:
    """The terms of `tokens(text)`, computed faster."""
    text = _indexed(text)
    if text.isascii():
        return [*map(_term_of, ASCII_WORD.findall(text))]
    written: list[str] = run_pattern().findall(text)
    if max(written, default="") < FIRST_CJK:
        return [*map(_term_of, written)]
    found: list[str] = []
    for run in written:
        if is_cjk(run):
            found += _bigrams(run)
            found.append(run[-1])
        else:
            found.append(_term_of(run))
    return found


def tokens(text: str) -> list[Token]:
    """The tokens of the text in the order of their positions in FTS5. Bigrams overlap."""
    text = _indexed(text)
    matches = _matches(text)
    written = [*map(_written, matches)]
    if max(written, default="") < FIRST_CJK:
        # Built column by column, as a loop that calls Token costs twice as much.
        columns = (map(_term_of, written), map(_start, matches), map(_end, matches))
        return [*map(_token, zip(*columns, strict=True))]
    found: list[Token] = []
    for run in _runs(matches):
        if run.cjk:
            found += (Token(bigram, at, at + 2) for at, bigram in enumerate(_bigrams(run.text), run.start))
            found.append(Token(run.text[-1], run.end - 1, run.end))
        else:
            found.append(Token(_term_of(run.text), run.start, run.end))
    return found


def runs(text: str) -> list[TextSpan]:
    """The longest runs of CJK characters and of other token characters, in order."""
    return _runs(_matches(_indexed(text)))


def _matches(text: str) -> list[re.Match[str]]:
    return [*(ASCII_WORD if text.isascii() else run_pattern()).finditer(text)]


def _runs(matches: list[re.Match[str]]) -> list[TextSpan]:
    return [TextSpan(match[0], *match.span(), is_cjk(match[0])) for match in matches]


def _bigrams(run: str) -> Iterable[str]:
    return map("".join, pairwise(run))
