"""Makes queries of each kind from the thoughts themselves. The same thoughts always give the same queries."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..records import ValidRecord, draft
from ..text import STOP_WORDS, term
from .thoughts import Record

#: Kinds of words, by the share of thoughts that hold them.
_SHARES = {"a rare word": 0.0001, "a word in 1 %": 0.01, "a word in 5 %": 0.05, "a word in 20 %": 0.2}
_WORD = re.compile(r"[A-Za-z]{4,}")
_PAIR = re.compile(r"\b[A-Za-z]{3,} [A-Za-z]{3,}\b")


class Query(NamedTuple):
    """A search: its text, and its other arguments."""

    text: str
    options: Mapping[str, Any] = {}


def by_kind(records: Sequence[Record], each: int) -> dict[str, list[Query]]:
    """Make up to `each` queries of each kind. A kind without queries, as no thought has tags, is left out."""
    chance = random.Random(2)
    kinds = {kind: [Query(word) for word in words] for kind, words in _words(records, each).items()}
    asked = [draft(records[at]) for at in chance.sample(range(len(records)), min(len(records), 20 * each))]
    for kind, make in _MAKERS.items():
        made = (make(one, words_of(one, chance), chance) for one in asked)
        different = {repr(one): one for one in made if one is not None}
        kinds[kind] = list(different.values())[:each]
    return {kind: queries for kind, queries in kinds.items() if queries}


def _words(records: Sequence[Record], each: int) -> dict[str, list[str]]:
    """For each share, words that about this share of the thoughts hold."""
    held: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for record in records:
        found = {term(word): word for word in map(str.lower, _WORD.findall(str(record["thought_content"])))}
        held.update(found.keys())
        spelled.update(found)
    usable = [one for one in held if spelled[one] not in STOP_WORDS]

    def nearest(share: float) -> list[str]:
        far = {one: abs(math.log(held[one] / len(records) / share)) for one in usable}
        # The share may differ by less than a factor of two. Words of one thought always count as rare.
        near = [one for one in usable if far[one] < math.log(2) or (share == min(_SHARES.values()) and held[one] == 1)]
        return [spelled[one] for one in sorted(near, key=lambda one: (far[one], one))[:each]]

    return {kind: nearest(share) for kind, share in _SHARES.items()}


def words_of(thought: ValidRecord, chance: random.Random) -> list[str]:
    """The different words of a thought without function words, in random order."""
    found = dict.fromkeys(map(str.lower, _WORD.findall(thought.thought_content)))
    words = [word for word in found if word not in STOP_WORDS]
    chance.shuffle(words)
    return words


# --- the kinds: each makes a query from a thought and its words, or gives None if it can't ---


def _three_words(thought: ValidRecord, words: list[str], chance: random.Random) -> Query | None:
    return Query(" ".join(words[:3])) if len(words) >= 3 else None


def _question(thought: ValidRecord, words: list[str], chance: random.Random) -> Query | None:
    if len(words) < 5:
        return None
    return Query("why did the {} of the {} {} when we had a {} in the {}?".format(*words))


def _phrase(thought: ValidRecord, words: list[str], chance: random.Random) -> Query | None:
    pairs = _PAIR.findall(thought.thought_content)
    return Query(f'"{chance.choice(pairs)}"') if pairs else None


def _prefix(thought: ValidRecord, words: list[str], chance: random.Random) -> Query | None:
    long = [word for word in words if len(word) > 5]
    return Query(f"{long[0][:5]}*") if long else None


def _of_an_agent(thought: ValidRecord, words: list[str], chance: random.Random) -> Query | None:
    return Query(" ".join(words[:2]), {"ai": thought.ai_id}) if words else None


def _with_a_tag(thought: ValidRecord, words: list[str], chance: random.Random) -> Query | None:
    return Query(" ".join(words[:2]), {"tags": [chance.choice(thought.tags)]}) if words and thought.tags else None


def _by_metadata(thought: ValidRecord, words: list[str], chance: random.Random) -> Query | None:
    values = json.loads(thought.metadata)
    plain = {
        key: value
        for key, value in (values.items() if isinstance(values, dict) else ())
        if re.fullmatch(r"\w+", key) and isinstance(value, (str, int, float)) and not isinstance(value, bool)
    }
    if not plain or not words:
        return None
    key = chance.choice(list(plain))
    return Query(" ".join(words[:2]), {"where": {key: plain[key]}})


_MAKERS: dict[str, Callable[[ValidRecord, list[str], random.Random], Query | None]] = {
    "three words": _three_words,
    "a question": _question,
    "a phrase": _phrase,
    "a prefix": _prefix,
    "two words, an agent": _of_an_agent,
    "two words, a tag": _with_a_tag,
    "two words, metadata": _by_metadata,
}
