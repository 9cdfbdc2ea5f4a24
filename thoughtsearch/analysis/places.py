"""Looking for words inside a text without analysing all of it: what makes a snippet cheap."""

from __future__ import annotations

import re
from functools import cache

from .tokens import ASCII_WORD, Run, is_cjk, run_pattern
from .unicode61 import DIACRITIC, FOLDED, UNFOLDED

#: Marks that unicode61 drops inside a word.
COMBINING = frozenset(re.findall(f"[{DIACRITIC}]", "".join(map(chr, range(0x300, 0x370)))))

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"


@cache
def _folds() -> dict[int, int]:
    return str.maketrans(_UPPER + UNFOLDED, _LOWER + FOLDED)


def fold(text: str) -> str:
    """The text in lower case without diacritics, character for character: every offset stays."""
    return text.lower() if text.isascii() else text.translate(_folds())


def word_at(text: str, position: int) -> Run | None:
    """The run that begins at this position (inside a CJK run: its rest); None in a word or a separator."""
    pattern = ASCII_WORD if text.isascii() else run_pattern()
    found = pattern.match(text, position)
    if found is None:
        return None
    run = Run(found[0], position, found.end(), is_cjk(found[0]))
    before = position - 1
    while before >= 0 and text[before] in COMBINING:
        before -= 1  # a mark belongs to the word that it stands in
    if run.cjk or before < 0 or not pattern.match(text, before) or is_cjk(text[before]):
        return run
    return None


def next_word(text: str, position: int) -> Run | None:
    """The first run at or after the position, which must not be inside a word."""
    found = (ASCII_WORD if text.isascii() else run_pattern()).search(text, position)
    return Run(found[0], found.start(), found.end(), is_cjk(found[0])) if found else None
