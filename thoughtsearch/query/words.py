"""Written words into leaves: what the analyser splits becomes an adjacent phrase, a CJK run its bigrams."""

from __future__ import annotations

from ..analysis import STOP_WORDS, Run, runs, term
from .tree import Phrase, Word


def phrase(text: str, prefix: bool = False) -> Phrase | None:
    """The phrase of all tokens in a quoted text, in order; None where it holds no token.

    A CJK run is found as a part of a longer run: its bigrams side by side. Only a run that ends inside the phrase has
    its last character as a token of its own, for only there it is known where the run ends.
    """
    found = runs(text)
    if not found:
        return None
    words: list[Word] = []
    for position, run in enumerate(found):
        last = position == len(found) - 1
        words += _bigrams(run, closed=not last) if run.cjk else [Word(run.text, term(run.text))]
    final = found[-1]
    return Phrase(tuple(words), prefix=(prefix and not final.cjk) or (final.cjk and len(final.text) == 1))


def leaves(text: str, prefix: bool = False) -> list[Phrase]:
    """The leaves of an unquoted word, any of which may be found: its spans between CJK runs, and each run's bigrams."""
    found: list[Phrase] = []
    others: list[Run] = []
    for run in runs(text):
        if run.cjk:
            found += _closed(others)
            others = []
            found += [Phrase((word,), prefix=len(run.text) == 1) for word in _bigrams(run, closed=False)]
        else:
            others.append(run)
    return found + _closed(others, prefix)


def _closed(others: list[Run], prefix: bool = False) -> list[Phrase]:
    return [Phrase(tuple(Word(run.text, term(run.text)) for run in others), prefix)] if others else []


def _bigrams(run: Run, closed: bool) -> list[Word]:
    characters = run.text
    if len(characters) == 1:
        return [Word(characters, characters)]
    pairs = [characters[i : i + 2] for i in range(len(characters) - 1)]
    return [Word(piece, piece) for piece in pairs + ([characters[-1]] if closed else [])]


def is_stop(leaf: Phrase) -> bool:
    """Whether the leaf is made of English function words alone (`the`, `what's`)."""
    return not leaf.prefix and all(word.text.lower() in STOP_WORDS for word in leaf.words)
