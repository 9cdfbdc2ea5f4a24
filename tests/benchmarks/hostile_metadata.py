"""Hostile metadata and predicates at random: what each engine finds, against the definition.

    python -m tests.benchmarks.hostile_metadata [--texts 10000] [--predicates 1000] [--seed 1]

Prints how many (thought, predicate) pairs were compared on each engine and how many differed: there must be none. With a
jsonb column a foreign writer's text is first what PostgreSQL takes of it.
"""

from __future__ import annotations

import argparse
import time
from random import Random

from tests import hostile_metadata
from tests.world import ENGINES, World
from thoughtsearch.query.match import match
from thoughtsearch.query.tree import Node

_SHOWN = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--predicates", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=list(ENGINES), action="append")
    given = parser.parse_args()
    chance = Random(given.seed)
    texts = [hostile_metadata.text(chance) for _ in range(given.texts)]
    nodes = [hostile_metadata.predicate(chance) for _ in range(given.predicates)]
    for name in given.engine or ENGINES:
        with ENGINES[name]() as world:
            world.write(*({"metadata": text} for text in texts))
            began = time.monotonic()
            found, differing = compare(world, nodes)
            print(
                f"{name}: {len(texts):,} texts x {len(nodes):,} predicates, {found:,} pairs true, "
                f"{differing:,} differences, {time.monotonic() - began:.0f} s",
                flush=True,
            )


def compare(world: World, nodes: list[Node]) -> tuple[int, int]:
    """How many pairs are true, and of how many an engine says otherwise."""
    documents = world.documents()
    expected: list[set[int]] = [set() for _ in nodes]
    for ident, document in documents.items():
        for accepted, node in zip(expected, nodes, strict=True):
            if match(node, document):
                accepted.add(ident)
    differing = 0
    for accepted, node in zip(expected, nodes, strict=True):
        there = {ident for ident, _ in world.ranked(node, len(documents))}
        for ident in sorted(there ^ accepted):
            differing += 1
            if differing <= _SHOWN:
                held = documents[ident].metadata or ""
                print(f"  {'found' if ident in there else 'not found'}: {node!r:.300} of {held!r:.300}", flush=True)
    return sum(map(len, expected)), differing


if __name__ == "__main__":
    main()
