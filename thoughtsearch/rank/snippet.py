"""The piece of a thought that shows why it was found. Made from the text, so alike on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..analysis import INDEXED_CHARACTERS, term
from ..analysis.places import fold, next_word, word_at
from ..models import Snippet
from ..query.tree import Phrase, Word

WIDTH = 200
_LEAD = 40  # characters shown before the first match
_MOST_MATCHES = 400  # per leaf: enough to find the densest place


def snippet(text: str, leaves: Iterable[Phrase], width: int = WIDTH) -> Snippet:
    """About `width` characters around the place where most of the leaves stand; the beginning where none does."""
    folded = fold(text[: INDEXED_CHARACTERS + 1])
    spans = sorted(
        (start, end, number)
        for number, leaf in enumerate(dict.fromkeys(leaves))
        for start, end in _occurrences(folded, leaf)
    )
    start = _window(text, spans, width)
    end = _word_end(text, start + width)
    inside = [(max(a, start) - start, min(b, end) - start) for a, b, _ in spans if a < end and b > start]
    return Snippet(text[start:end], start, tuple(_merged(inside)), start > 0, end < len(text))


def _occurrences(folded: str, leaf: Phrase) -> Iterator[tuple[int, int]]:
    first = leaf.words[0]
    stem = first.term
    # What porter changes is the end of a word: but for its last letter, a term begins each word that it stands for.
    sought = stem if len(stem) < 3 or not stem.isascii() or _is_prefix(leaf, 0) else stem[:-1]
    found = 0
    position = folded.find(sought)
    while position >= 0 and found < _MOST_MATCHES:
        end = _phrase_end(folded, position, leaf)
        if end:
            found += 1
            yield position, end
        position = folded.find(sought, position + 1)


def _is_prefix(leaf: Phrase, index: int) -> bool:
    return leaf.prefix and index == len(leaf.words) - 1


def _phrase_end(folded: str, position: int, leaf: Phrase) -> int | None:
    """Where the phrase that begins at `position` ends; None if it doesn't stand there."""
    end = position
    for index, word in enumerate(leaf.words):
        run = word_at(folded, position)
        if run is None:
            return None
        prefix = _is_prefix(leaf, index)
        if run.cjk:
            if not run.text.startswith(word.term[: 1 if prefix else None]):
                return None
            end = position + len(word.term)
            position += 1  # the next bigram overlaps; after the last character of a run the next run begins
            if len(run.text) > 1 or index == len(leaf.words) - 1:
                continue
        elif _same(run.text, word, prefix):
            end = position = run.end
        else:
            return None
        following = next_word(folded, position)
        position = following.start if following else len(folded)
    return end


def _same(written: str, word: Word, prefix: bool) -> bool:
    analysed = term(written)
    return analysed.startswith(word.term) if prefix else analysed == word.term


def _window(text: str, spans: Sequence[tuple[int, int, int]], width: int) -> int:
    """The start of the window of `width` that holds the most different leaves, then the most matches."""
    if len(text) <= width or not spans:
        return 0
    best, best_start, first = (0, 0), spans[0][0], 0
    counts: dict[int, int] = {}
    for _, end, number in spans:
        counts[number] = counts.get(number, 0) + 1
        while first < len(spans) and end - spans[first][0] > width - _LEAD:
            left = spans[first][2]
            counts[left] -= 1
            if not counts[left]:
                del counts[left]
            first += 1
        if first < len(spans) and (len(counts), sum(counts.values())) > best:
            best, best_start = (len(counts), sum(counts.values())), spans[first][0]
    start = max(0, min(best_start - _LEAD, len(text) - width))
    while 0 < start < best_start and not text[start - 1].isspace():
        start += 1
    return start


def _word_end(text: str, end: int) -> int:
    """The end of the window, moved back to a blank where one is near."""
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
