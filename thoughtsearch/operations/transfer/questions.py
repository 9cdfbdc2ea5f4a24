"""A sample of queries, made of what the thoughts themselves say, asked on both sides."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...embedders.lazy import LazyEmbedder
from ...engines.contract.steps import drive
from ...models import Thought
from ...pipeline.search import search
from ...query.request import request
from ...text.clean import clean
from .side import Side

_TOP = 50
_CLOSE = 1e-6
_WORD = re.compile(r"\w{2,40}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and what came of it; `furthest` is the largest relative difference of two scores."""

    query: str
    options: dict[str, Any]
    hits: int
    same_hits: bool
    furthest: float

    @property
    def equal(self) -> bool:
        return self.same_hits and self.furthest <= _CLOSE

    @property
    def shown(self) -> str:
        """As a person would name it."""
        return " ".join([self.query, *(f"{name}={value!r}" for name, value in self.options.items())]).strip()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "query": self.query,
            "options": self.options,
            "hits": self.hits,
            "same_hits": self.same_hits,
            "largest_difference_of_scores": self.furthest,
            "equal": self.equal,
        }


def ask(source: Side, target: Side, sample: Sequence[Thought]) -> Iterator[Asked]:
    """Each query on both sides, with counts taken anew: an engine that estimates them else scores a little differently."""
    sides = [(side.dialect.exact(), side.connection) for side in (source, target)]
    for query, options in questions(sample):
        wanted = request(query, {"limit": _TOP, "mode": "text", **options})
        pages = [drive(search(dialect, LazyEmbedder(None), wanted), connection) for dialect, connection in sides]
        found = [[hit.id for hit in page] for page in pages]
        scores = [(one.score, other.score) for one, other in zip(*pages, strict=False)]
        furthest = max((abs(a - b) / max(abs(a), abs(b), 1e-12) for a, b in scores), default=0.0)
        yield Asked(query, options, len(found[0]), found[0] == found[1], furthest)


def questions(sample: Sequence[Thought]) -> Iterator[tuple[str, dict[str, Any]]]:
    """About twenty, the same ones for the same sample: words common and rare, phrases, prefixes, filters."""
    yield "", {}
    if not sample:
        return
    chance = random.Random(2)
    texts = {thought.id: _WORD.findall(thought.thought_content[:2_000]) for thought in sample}
    counts = Counter(word.lower() for words in texts.values() for word in set(words))
    ranked = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    for word in dict.fromkeys([*ranked[:3], *ranked[len(ranked) // 3 :][:1], *ranked[-3:]]):
        yield f'"{word}"', {}
    worded = [thought for thought in sample if len(texts[thought.id]) >= 4] or list(sample)
    for size in (2, 3, 5, 8):
        thought = chance.choice(worded)
        yield " ".join(chance.sample(texts[thought.id], min(size, len(texts[thought.id])))), {}
    for size in (2, 3):
        words = texts[chance.choice(worded).id]
        at = chance.randrange(max(1, len(words) - size + 1))
        yield f'"{" ".join(words[at : at + size])}"', {}
    yield f"{ranked[0][:3]}*" if ranked else "", {}
    yield from _filtered(sample, ranked[:2] or [""], chance)


def _filtered(
    sample: Sequence[Thought], words: Sequence[str], chance: random.Random
) -> Iterator[tuple[str, dict[str, Any]]]:
    tagged = [thought for thought in sample if thought.tags]
    if tagged:
        yield "", {"tags": [chance.choice(tagged).tags[0]]}
        yield words[0], {"tags": [chance.choice(tagged).tags[-1]]}
    typed = [thought.thought_type for thought in sample if thought.thought_type]
    if typed:
        yield words[-1], {"thought_type": chance.choice(typed)}
    yield words[0], {"ai": chance.choice(sample).ai_id}
    held = [
        (key, value) for thought in sample for key, value in thought.metadata.items() if _is_plain(key) and _is_plain(value)
    ]
    if held:
        for _ in range(2):
            key, value = chance.choice(held)
            yield chance.choice(["", words[0]]), {"where": {_quoted(key): value}}


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) < 200 and clean(value) == value
    return isinstance(value, (int, float)) and abs(value) < 1e15


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
