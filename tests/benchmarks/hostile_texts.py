"""Hostile thoughts and hostile queries through both engines: is there an error, or a difference?

    python -m tests.benchmarks.hostile_texts [--queries 100000] [--thoughts 10000] [--seed 1] [--url postgresql://…]

The thoughts are made of what breaks analysers: many scripts, signs, markup, code, marks that combine, texts of any code
point, one word thousands of times. The queries are made of the same, with everything the language has, and filters.
Without a URL a server of the test extra is started. Any exception ends the process; the exit code is 1 where the engines
differ in what they find, in its order, in a score, or in a warning.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

import thoughtsearch
from tests.postgres.server import fresh_database, running
from tests.strategies import BLANKS, TAGS, TYPES, WORDS
from thoughtsearch import Results, Store

LIMIT = 50
_SIGNS = "\"'*+-()[]{}<>:;.,!?/\\|&^%$#@~`=_ \t\n\u00a0\u200b\u200d\ufeff\u202e\u3000\x00\x1b\x7f\x85\ufffd"
_OPERATORS = ("AND", "OR", "NOT", "(", ")", '"', "+", "-", "*", "“", "”", "NEAR(a b)", "^", "~2", "..")
_FILTERS = (
    *("tag:wal", "-tag:sqlite", "tag:a,b", 'tag:"a b"', "type:insight", "ai:1", "ai:1,2", "ai:Nobody", "session:1"),
    *("session:name", "cycle:1..2", "cycle:2..", "cycle:x", "since:2025-12-31", "until:2026-01-01", "since:7d", "since:x"),
    *("meta.step>=1", "meta.step:2", 'meta."a.b"=1', "meta.status!=done", "meta.status:done", "meta.none:x", "meta.:1"),
)
_BEGINNING = 1_767_225_600  # 2026-01-01


class Maker:
    """Makes texts, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def text(self, most: int = 30) -> str:
        """A text of up to so many pieces."""
        chance = self.chance
        pieces = (self._piece() + chance.choice(BLANKS) for _ in range(chance.randint(1, most)))
        return "".join(pieces)

    def _piece(self) -> str:
        chance = self.chance
        kind = chance.random()
        if kind < 0.6:
            return chance.choice(WORDS)
        if kind < 0.75:
            return "".join(chance.choice(_SIGNS) for _ in range(chance.randint(1, 4)))
        if kind < 0.85:
            return "".join(chr(chance.randrange(0x20, 0x3000)) for _ in range(chance.randint(1, 6)))
        if kind < 0.9:
            return "".join(chr(chance.choice((chance.randrange(0x110000), 0x300, 0x1F3FD))) for _ in range(3))
        if kind < 0.95:
            return chance.choice(WORDS) + "".join(chr(chance.randrange(0x300, 0x370)) for _ in range(2))
        return f"w{chance.randrange(300)}"

    def thought(self) -> dict[str, Any]:
        """A record for add_many."""
        chance = self.chance
        content = self.text(chance.choice((3, 10, 60)))
        if chance.random() < 0.002:
            content = f"{chance.choice(WORDS)} " * chance.randint(100, 20_000)
        return {
            "thought_content": content if content.strip() else "x",
            "ai_id": chance.randint(1, 3),
            "session_id": chance.choice((None, 1, 2)),
            "cycle_number": chance.choice((None, -1, 1, 2, 3)),
            "thought_type": chance.choice((None, *TYPES)),
            "tags": chance.sample(TAGS, chance.randint(0, 3)),
            "metadata": {
                "step": chance.choice((1, 2.5, "2", None, [1])),
                "status": chance.choice(("done", "", 1)),
                "a.b": 1,
            },
            "created_at": f"2026-01-0{chance.randint(1, 9)}T00:00:{chance.randint(10, 59)}Z",
        }

    def query(self) -> tuple[str, dict[str, Any]]:
        """A query and its options."""
        chance = self.chance
        parts = []
        for _ in range(chance.choice((1, 1, 2, 3, 5, 9, 14))):
            kind = chance.random()
            if kind < 0.55:
                parts.append(self._piece())
            elif kind < 0.75:
                parts.append(chance.choice(_OPERATORS))
            elif kind < 0.85:
                parts.append(f'"{self.text(3)}"')
            elif kind < 0.92:
                parts.append(chance.choice(WORDS)[: chance.randint(1, 4)] + "*")
            else:
                parts.append(chance.choice(_FILTERS))
        text = "".join(part + chance.choice((" ", " ", " ", "", "\n")) for part in parts)
        options: list[dict[str, Any]] = [
            *(
                {},
                {},
                {},
                {"match": "all"},
                {"ai": 1},
                {"tags": [chance.choice(TAGS)]},
                {"not_tags": [chance.choice(TAGS)]},
            ),
            *({"where": {"step": {"$gte": 2}}}, {"where": {"$not": {"status": "done"}}}, {"cycle": (1, 2)}),
            {"thought_type": chance.choice(TYPES)},
        ]
        return text, chance.choice(options)


def difference(left: Results, right: Results) -> str | None:
    """In what two pages differ, if they do."""
    ours, theirs = ([hit.id for hit in page] for page in (left, right))
    if set(ours) != set(theirs) or left.total != right.total:
        return f"SET   {left.total} and {right.total}: {sorted({*ours} ^ {*theirs})[:6]}"
    if ours != theirs:
        return f"ORDER {ours[:6]} and {theirs[:6]}"
    if worst := max((abs(a.score - b.score) for a, b in zip(left, right, strict=True)), default=0.0):
        return f"SCORE {worst:.1e}" if worst > 1e-9 else None
    return None if left.warnings == right.warnings else f"SAID  {left.warnings} and {right.warnings}"


def compared(stores: tuple[Store, Store], asked: Iterator[tuple[str, dict[str, Any]]], count: int) -> int:
    """Ask both; how many answers differ."""
    different, slowest, began = 0, [0.0, 0.0], time.monotonic()
    for number, (text, options) in zip(range(1, count + 1), asked, strict=False):
        pages = []
        for at, store in enumerate(stores):
            start = time.monotonic()
            pages.append(store.search(text, limit=LIMIT, total=True, **options))
            slowest[at] = max(slowest[at], time.monotonic() - start)
        if found := difference(*pages):
            different += 1
            print(f"{found}: {text!r:.200} {options}", flush=True)
        if number % 500 == 0:
            print(f"{number:,} queries, {different} different, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{count:,} queries, {different} different; the slowest took {slowest[0]:.2f} and {slowest[1]:.2f} s")
    return different


def main() -> None:
    """Fill both and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--thoughts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url")
    arguments = parser.parse_args()
    maker = Maker(arguments.seed)
    records = [maker.thought() for _ in range(arguments.thoughts)]
    asked = iter(maker.query, None)
    with contextlib.ExitStack() as stack:
        url = arguments.url or stack.enter_context(fresh_database(running("18")))
        stores = [stack.enter_context(thoughtsearch.open(place)) for place in (":memory:", url)]
        for store in stores:
            store.add_many(records)
        sys.exit(1 if compared((stores[0], stores[1]), asked, arguments.queries) else 0)


if __name__ == "__main__":
    main()
