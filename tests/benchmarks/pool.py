"""Searchers and writers of one AsyncStore on PostgreSQL, all at once: how many of each, how long they wait, what is lost.

python -m tests.benchmarks.pool [--searchers 16] [--writers 8] [--seconds 30] [--postgres 18]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time

import thoughtsearch
from tests.benchmarks.writers import WORDS
from tests.postgres.server import fresh_database, in_use, running


def text(random: random.Random) -> str:
    """A thought of a few dozen words."""
    return " ".join(random.choices(WORDS, k=40)) + f" w{random.randrange(5_000)}"


def percentile(waits: list[float], share: float) -> float:
    """In milliseconds."""
    return 1_000 * sorted(waits)[min(len(waits) - 1, int(share * len(waits)))] if waits else 0.0


async def measure(url: str, searchers: int, writers: int, seconds: float) -> bool:
    """Print the figures; whether every thought that was acknowledged is there, and nothing failed."""
    searched: list[float] = []
    written: list[float] = []
    failed: list[str] = []
    end = time.monotonic() + seconds

    async def work(seed: int, waits: list[float], store: thoughtsearch.AsyncStore, write: bool) -> None:
        chance = random.Random(seed)
        while (began := time.monotonic()) < end:
            try:
                if write:
                    await store.add(text(chance), ai_id=seed)
                else:
                    await store.search(f"w{chance.randrange(5_000)} {chance.choice(WORDS)}")
                waits.append(time.monotonic() - began)
            except thoughtsearch.ThoughtsearchError as error:  # noqa: PERF203
                failed.append(str(error))

    async with thoughtsearch.aopen(url) as store:
        await store.add_many({"thought_content": text(random.Random(n))} for n in range(5_000))
        await asyncio.gather(
            *(work(seed, written, store, True) for seed in range(writers)),
            *(work(1_000 + seed, searched, store, False) for seed in range(searchers)),
        )
        kept = (await store.stats())["thoughts"] - 5_000
    for name, count, waits in (("searches", searchers, searched), ("writes", writers, written)):
        print(
            f"{count} at once: {len(waits) / seconds:8,.0f} {name}/s, median {percentile(waits, 0.5):.1f} ms, "
            f"95 % {percentile(waits, 0.95):.1f} ms, longest {percentile(waits, 1):.1f} ms"
        )
    print(f"{len(written)} thoughts acknowledged, {len(written) - kept} lost, {len(failed)} errors {failed[:1]}")
    return kept == len(written) and not failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searchers", type=int, default=16)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--postgres", default=in_use()[0], help="the server's major version")
    given = parser.parse_args()
    with fresh_database(running(given.postgres)) as url:
        if not asyncio.run(measure(url, given.searchers, given.writers, given.seconds)):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
