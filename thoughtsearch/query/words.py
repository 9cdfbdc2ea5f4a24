"""Makes phrases of written words. A word that the analysis splits becomes one phrase; a CJK run becomes its bigrams."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ..text import STOP_WORDS, TextSpan, runs, term
from .tree import Phrase, Word

#: A longer phrase is cut here: each word costs a comparison wherever the phrase may begin.
MAX_PHRASE = 64


def phrase(text: str, prefix: bool = False) -> Phrase | None:
    """Make the phrase of all tokens in a quoted text, in order; None if it holds no token.

    A CJK run also matches as a part of a longer run, so it becomes its bigrams side by side. Only a run that ends inside
    the phrase also has its last character as a token, as only there we know where the run ends.
    """
    found = runs(text)
    if not found:
        return None
    words: list[Word] = []
    for position, run in enumerate(found):
        last = position == len(found) - 1
        words += _bigrams(run, closed=not last) if run.cjk else [Word(run.text, term(run.text))]
    if len(words) >= MAX_PHRASE:
        return Phrase(tuple(words[:MAX_PHRASE]))
    final = found[-1]
    return Phrase(tuple(words), prefix=(prefix and not final.cjk) or (final.cjk and len(final.text) == 1))


@lru_cache(maxsize=1_024)  # the parser asks several times about each word
def phrases(text: str, prefix: bool = False) -> tuple[Phrase, ...]:
    """The phrases to seek for an unquoted word alone: its spans between CJK runs, and the bigrams of each run."""
    found: list[Phrase] = []
    others: list[TextSpan] = []
    for run in runs(text):
        if run.cjk:
            found += _closed(others)
            others = []
            found += [Phrase((word,), prefix=len(run.text) == 1) for word in _bigrams(run, closed=False)]
        else:
            others.append(run)
    return (*found, *_closed(others, prefix))


def parts(text: str, prefix: bool = False) -> list[Phrase]:
    """The phrases to seek for an unquoted word among others: one for each part that means something alone.

    `modeling/separable.py` is three words here, but `to_field` and `IL-6` are one each. A part that is a single character
    or has a digit belongs to its neighbours. (With one phrase for the whole word, nDCG@10 is lower where people write paths
    and names: swe_thoughts .888 instead of .903, cranfield .371 instead of .379. Elsewhere it is the same.)
    """
    found = [part for part in _PART.findall(text) if part.strip("_")]
    if len(found) < 2:
        return [*phrases(found[0] if found else text, prefix)]
    groups = [[found[0]]]
    for before, part in zip(found, found[1:], strict=False):
        if _is_mark(before) or _is_mark(part):
            groups[-1].append(part)
        else:
            groups.append([part])
    last = groups.pop()
    return [*(phrase for group in groups for phrase in phrases(" ".join(group))), *phrases(" ".join(last), prefix)]


# The tail of a contraction (the s of `agent's`) is left out.
_PART = re.compile(r"(?:(?<=\w)['’](?:s|t|d|ll|m|re|ve)\b)|(\w+)", re.IGNORECASE)


def _is_mark(part: str) -> bool:
    return len(part) == 1 or any(character.isdigit() for character in part)


def _closed(others: list[TextSpan], prefix: bool = False) -> list[Phrase]:
    words = tuple(Word(run.text, term(run.text)) for run in others[:MAX_PHRASE])
    return [Phrase(words, prefix and len(others) <= MAX_PHRASE)] if words else []


def _bigrams(run: TextSpan, closed: bool) -> list[Word]:
    characters = run.text
    if len(characters) == 1:
        return [Word(characters, characters)]
    pairs = [characters[i : i + 2] for i in range(len(characters) - 1)]
    return [Word(piece, piece) for piece in pairs + ([characters[-1]] if closed else [])]


@lru_cache(maxsize=1_024)
def is_stop(phrase: Phrase) -> bool:
    """Whether the phrase holds only English function words (`the`, `what's`)."""
    return not phrase.prefix and all(word.text.lower() in STOP_WORDS for word in phrase.words)


def function_words(words: Iterable[str]) -> int:
    """How many written words are English function words."""
    return sum(map(is_function_word, words))


def is_function_word(word: str) -> bool:
    """Whether a written word, without the punctuation around it, is an English function word."""
    return word.strip(".,;:!?'()").lower() in STOP_WORDS
