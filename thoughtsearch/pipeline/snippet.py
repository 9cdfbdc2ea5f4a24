"""Cuts the snippet: the piece of a thought that shows why it was found. It is the same on every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..models import Snippet
from ..query.tree import Phrase, Word
from ..text import INDEXED_CHARACTERS, TextSpan, fold, next_token, term, token_at, word_end

WIDTH = 200
_LEAD = 40  # characters shown before the first match
_BUDGET = 10_000  # words compared per text: bounds the cost of a hostile text, far above what an ordinary one needs
_LEAST_BUDGET, _PAGE_BUDGET = 10, 100_000  # the same: at least for each text, and for all texts of a page


def budget_of(texts: int) -> int:
    """How many words each of so many snippets may compare."""
    return max(_LEAST_BUDGET, min(_BUDGET, _PAGE_BUDGET // max(texts, 1)))


def snippets(texts: Sequence[str], phrases: Sequence[Phrase], check: Callable[[], None]) -> Iterator[Snippet]:
    """Cut the snippet of each text. Calls `check` before each; it may raise."""
    budget = budget_of(len(texts))
    for text in texts:
        check()
        yield snippet(text, phrases, budget=budget)


def snippet(text: str, phrases: Iterable[Phrase], width: int = WIDTH, budget: int = _BUDGET) -> Snippet:
    """Cut about `width` characters where most of the phrases stand; the beginning of the text where none does."""
    folded = fold(text[: INDEXED_CHARACTERS + 1])
    distinct = tuple(dict.fromkeys(phrases))[:budget]
    spans = sorted(
        (start, end, number)
        for number, phrase in enumerate(distinct)
        for start, end in _occurrences(folded, phrase, [max(1, budget // len(distinct))])
    )
    start = _window(text, spans, width)
    end = _word_end(text, start + width)
    inside = [(max(a, start) - start, min(b, end) - start) for a, b, _ in spans if a < end and b > start]
    return Snippet(text[start:end], start, tuple(_merged(inside)), start > 0, end < len(text))


def _occurrences(folded: str, phrase: Phrase, budget: list[int]) -> Iterator[tuple[int, int]]:
    first = phrase.words[0]
    stem = first.term
    # Porter changes only the end of a word: each word begins with its term, except for the term's last letter.
    sought = stem if len(stem) < 3 or not stem.isascii() or _is_prefix(phrase, 0) else stem[:-1]
    position = folded.find(sought)
    while position >= 0 and budget[0] > 0:
        budget[0] -= 1
        begins = token_at(folded, position)
        end = _phrase_end(folded, begins, phrase, budget) if begins else None
        if end:
            yield position, end
        # Inside a word no token begins, so skip to its end. An endless word is thus read only once.
        position = folded.find(sought, position + 1 if begins else word_end(folded, position))


def _is_prefix(phrase: Phrase, index: int) -> bool:
    return phrase.prefix and index == len(phrase.words) - 1


def _phrase_end(folded: str, token: TextSpan | None, phrase: Phrase, budget: list[int]) -> int | None:
    """Where the phrase that begins with this token ends; None if the phrase isn't there."""
    end = 0
    for index, word in enumerate(phrase.words):
        budget[0] -= 1
        prefix = _is_prefix(phrase, index)
        if token is None or not _same(token, word, prefix):
            return None
        end = token.start + len(word.term) if token.cjk else token.end
        # CJK pairs overlap: the next one begins at the second character, even where that is the run's last token.
        following = token.start + 1 if len(token.text) > 1 and token.cjk else token.end
        if index < len(phrase.words) - 1:
            token = token_at(folded, next_token(folded, following))
    return end


def _same(token: TextSpan, word: Word, prefix: bool) -> bool:
    analysed = token.text if token.cjk else term(token.text)
    return analysed.startswith(word.term) if prefix else analysed == word.term


def _window(text: str, spans: Sequence[tuple[int, int, int]], width: int) -> int:
    """The start of the window of `width` that holds the most different phrases; of equals, the most matches."""
    if len(text) <= width or not spans:
        return 0
    best, best_start, first = (0, 0), spans[0][0], 0
    counts: dict[int, int] = {}
    for index, (_, end, number) in enumerate(spans):
        counts[number] = counts.get(number, 0) + 1
        while first < index and end - spans[first][0] > width - _LEAD:
            left = spans[first][2]
            counts[left] -= 1
            if not counts[left]:
                del counts[left]
            first += 1
        held = (len(counts), sum(counts.values()))
        if held > best:
            best, best_start = held, spans[first][0]
    start = max(0, min(best_start - _LEAD, len(text) - width))
    while 0 < start < best_start and not text[start - 1].isspace():
        start += 1
    return start


def _word_end(text: str, end: int) -> int:
    """The end of the window, moved back to a blank if one is near."""
    if end >= len(text):
        return len(text)
    for back in range(end, end - 20, -1):
        if text[back].isspace():
            return back
    return end


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current is None:
            current = (start, end)
        elif start < current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current:
        yield current
