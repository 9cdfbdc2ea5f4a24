"""Cuts the snippet: the piece of a thought that shows why it was found. It is the same on every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..models import Snippet
from ..query.tree import Phrase
from ..text import INDEXED_CHARACTERS
from ..text.spans import occurrences

WIDTH = 200
_LEAD = 40  # characters shown before the first match
_BUDGET = 10_000  # words compared per text: bounds the cost of a hostile text, far above what an ordinary one needs
_LEAST_BUDGET, _PAGE_BUDGET = 10, 100_000  # the same: at least for each text, and for all texts of a page
#: Snippets made between two looks at the clock: a few milliseconds.
_CHECKED_EVERY = 10


def budget_of(texts: int) -> int:
    """How many words each of so many snippets may compare."""
    return max(_LEAST_BUDGET, min(_BUDGET, _PAGE_BUDGET // max(texts, 1)))


def snippets(texts: Sequence[str], phrases: Sequence[Phrase], check: Callable[[], None]) -> list[Snippet]:
    """Cut the snippet of each text. Calls `check` now and then; it may raise."""
    budget = budget_of(len(texts))
    made = []
    for number, text in enumerate(texts):
        if number % _CHECKED_EVERY == 0:
            check()
        made.append(snippet(text, phrases, budget=budget))
    return made


def snippet(text: str, phrases: Iterable[Phrase], width: int = WIDTH, budget: int = _BUDGET) -> Snippet:
    """Cut about `width` characters where most of the phrases stand; the beginning of the text where none does."""
    distinct = tuple(dict.fromkeys(phrases))[:budget]
    sought = [(tuple(word.term for word in phrase.words), phrase.prefix) for phrase in distinct]
    spans = sorted(occurrences(text[: INDEXED_CHARACTERS + 1], sought, budget))
    start = _window(text, spans, width)
    end = _word_end(text, start + width)
    inside = [(max(a, start) - start, min(b, end) - start) for a, b, _ in spans if a < end and b > start]
    return Snippet(text[start:end], start, tuple(_merged(inside)), start > 0, end < len(text))


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
