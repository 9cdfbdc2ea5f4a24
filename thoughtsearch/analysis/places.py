"""Looking for words inside a text without analysing all of it: what makes a snippet cheap."""

from __future__ import annotations

from functools import lru_cache

from .tokens import _ASCII_WORD as ASCII_WORD
from .tokens import Run
from .tokens import _is_cjk as is_cjk
from .tokens import _run_pattern as run_pattern
from .unicode61 import FOLDED, UNFOLDED

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=None)
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
    if run.cjk or position == 0:
        return run
    before = pattern.match(text, position - 1)
    return None if before is not None and before.end() == found.end() else run


def next_word(text: str, position: int) -> Run | None:
    """The first run at or after the position, which must not be inside a word."""
    found = (ASCII_WORD if text.isascii() else run_pattern()).search(text, position)
    return Run(found[0], found.start(), found.end(), is_cjk(found[0])) if found else None
