"""The thoughts to load: those of a file, or the shipped samples repeated with some words replaced."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Any, TypeAlias

from ..errors import InputError
from ..sources.files import opened
from ..sources.jsonl import READER
from ..sources.mapping import FieldMapping
from ..sql import sample_file

#: A thought by column, as add_many takes it.
Record: TypeAlias = dict[str, Any]

_VOCABULARY = 20_000
_REPLACED = 0.4  # the share of a sample's words
_AGENTS = 12
_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "st")
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "l", "n", "r", "x")


def read(path: str, count: int | None = None) -> list[Record]:
    """Read the first thoughts of a JSON Lines file, as `thoughtsearch export` writes it. Raises InputError."""
    mapping = FieldMapping(rest="metadata")
    records = []
    with opened(path) as reading:
        for entry in islice(READER.read(reading), count):
            if isinstance(entry.record, InputError):
                raise InputError(f"{path}:{entry.line}: {entry.record}")
            try:
                records.append(mapping(entry.record))
            except InputError as error:
                raise InputError(f"{path}:{entry.line}: {error}") from error
    if not records:
        raise InputError(f"{path} holds no thoughts.")
    return records


def made(count: int) -> list[Record]:
    """Make `count` thoughts, the same at each call.

    It replaces two fifths of a sample's words by words from a vocabulary of 20,000. It draws them with the frequencies of a
    natural language (Zipf's law). So nearly all thoughts hold some words, and only one thought holds others.
    """
    chance = random.Random(1)
    with sample_file() as path:
        samples = read(path)
    vocabulary = list(islice(_words(chance), _VOCABULARY))
    weights = list(accumulate(1 / (rank + 2.7) for rank in range(_VOCABULARY)))
    agents = list(accumulate(1 / (rank + 1) for rank in range(_AGENTS)))
    records = []
    for number in range(count):
        sample = samples[number % len(samples)]
        words = sample["thought_content"].split(" ")
        others = chance.choices(vocabulary, cum_weights=weights, k=max(1, int(len(words) * _REPLACED)))
        for at, word in zip(chance.sample(range(len(words)), min(len(words), len(others))), others, strict=False):
            words[at] = word
        records.append(
            {
                **sample,
                "ai_id": chance.choices(range(1, _AGENTS + 1), cum_weights=agents)[0],
                "session_id": number // 40,
                "cycle_number": number % 40,
                "thought_content": " ".join(words),
                "metadata": {**(sample.get("metadata") or {}), "step": number % 40},
            }
        )
    return records


def _words(chance: random.Random) -> Iterator[str]:
    """Yield pronounceable words, each once."""
    seen = set()
    while True:
        syllables = range(chance.randint(2, 3))
        word = "".join(f"{chance.choice(_ONSETS)}{chance.choice(_VOWELS)}{chance.choice(_CODAS)}" for _ in syllables)
        if word not in seen:
            seen.add(word)
            yield word
