"""The same thoughts in SQLite and PostgreSQL, thousands of queries: do both find the same, in the same order?

    python -m tests.benchmarks.differential [--queries 5000] [--url postgresql://…] [--sqlite FILE] [--statistics stale]

The thoughts are those of THOUGHTSEARCH_DATA. Without a URL a server of the test extra is started. A database that holds
thoughts already is taken as it is. Queries are the questions of the judged sets, pieces of the thoughts themselves (words,
phrases, prefixes, paths) with and without filters, and random trees of operators; the seed is fixed.

After a load PostgreSQL has counted its words. With `--statistics` it has not: `planner` leaves what ANALYZE knows alone,
`stale` what was counted when the first half of the thoughts was there. The sets are the same all the same; how much the
first ten differ is what the last line says.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import thoughtsearch
from tests.benchmarks.corpus import thoughts
from tests.benchmarks.quality import SETS, evaluator
from tests.postgres.server import fresh_database, running
from thoughtsearch.engines.contract.statement import Plan, Statement
from thoughtsearch.engines.postgres.compiler import compile_tree as compile_tsquery
from thoughtsearch.engines.sqlite.dialect import SqliteDialect
from thoughtsearch.engines.sqlite.matching import matching_ids
from thoughtsearch.query.request import request
from thoughtsearch.query.tree import Node
from thoughtsearch.records import draft
from thoughtsearch.store import Store

TOP = 100  # hits compared in order, with their scores
FIRST = 10  # of these, how many are the same where scores may differ
_NOW = datetime.now(timezone.utc)


def queries(count: int, records: list[dict[str, Any]], seed: int = 1) -> Iterator[tuple[str, dict[str, Any]]]:
    """`count` queries with their options."""
    chance = random.Random(seed)
    judged = [text for name in SETS for text in _questions(name)]
    chance.shuffle(judged)
    for number in range(count):
        record = chance.choice(records)
        kind = number % 10
        if kind < 3 and judged:
            yield judged.pop(), {}
        elif kind == 3:
            yield _piece(chance, record, 1), {}
        elif kind == 4:
            yield _piece(chance, record, 3), _options(chance, record)
        elif kind == 5:
            yield f'"{_piece(chance, record, chance.randint(2, 4))}"', {}
        elif kind == 6:
            yield f"{_piece(chance, record, 1)[: chance.randint(2, 6)]}* {_piece(chance, record, 1)}", {}
        elif kind == 7:
            yield _piece(chance, record, chance.randint(5, 25)), _options(chance, record)
        else:
            yield _tree(chance, records), _options(chance, record) if kind == 9 else {}


def _questions(name: str) -> list[str]:
    return [str(text) for collection in evaluator().load(name) for _, text in collection.queries]


def _piece(chance: random.Random, record: dict[str, Any], words: int) -> str:
    found = re.findall(r"\S+", record["thought_content"]) or ["nothing"]
    at = chance.randrange(max(1, len(found) - words + 1))
    return " ".join(map(str, found[at : at + words])).replace('"', " ")[:500] or "nothing"


def _word(chance: random.Random, record: dict[str, Any]) -> str:
    found = re.findall(r"\w+", record["thought_content"]) or ["nothing"]
    return str(chance.choice(found))


def _tree(chance: random.Random, records: list[dict[str, Any]], depth: int = 2) -> str:
    if not depth or chance.random() < 0.2:
        word = _word(chance, chance.choice(records))
        form = chance.random()
        if form < 0.15:
            return f'"{_piece(chance, chance.choice(records), 2)}"'
        if form < 0.25:
            return f"tag:{json.dumps(chance.choice(chance.choice(records)['tags'] or ['none']))}"
        return f"{word[:4]}*" if form < 0.35 else word
    parts = [_tree(chance, records, depth - 1) for _ in range(chance.randint(2, 3))]
    joint = chance.choice([" ", " AND ", " OR ", " AND NOT ", " +", " -"])
    return f"({joint.join(parts)})"


def _options(chance: random.Random, record: dict[str, Any]) -> dict[str, Any]:
    given: list[dict[str, Any]] = [
        {},
        {"ai": record["ai_id"]},
        {"session_id": record["session_id"]},
        {"tags": record["tags"][:1]},
        {"not_tags": record["tags"][:1]},
        {"thought_type": record["thought_type"]},
        {"match": "all"},
        {"where": {"model": record["metadata"].get("model", "none")}},
        {"where": {"$not": {"source": record["metadata"].get("source")}}},
        {"cycle": (1, 5)},
    ]
    return chance.choice(given)


def matching(store: Store, node: Node) -> set[int]:
    """The ids of all that match."""
    if isinstance(store.dialect, SqliteDialect):
        statement = matching_ids(node, -1)
    else:
        ours = compile_tsquery(node)
        statement = Statement(f"SELECT t.id FROM ai_thought_history AS t WHERE true {ours.text()}", ours.parameters)

    def plan() -> Plan[set[int]]:
        return {int(row[0]) for row in (yield statement)}

    return store.connection.run(plan())


def compare(left: Store, right: Store, asked: Iterator[tuple[str, dict[str, Any]]]) -> None:
    """Print what differs, and the figures."""
    counts: Counter[str] = Counter()
    worst = 0.0
    first = same = 0
    began = time.monotonic()
    for text, options in asked:
        counts["queries"] += 1
        node = request(text, options).parsed(_NOW).node
        one, other = matching(left, node), matching(right, node)
        pages = [store.search(text, limit=TOP, **options) for store in (left, right)]
        if one != other:
            counts["different sets"] += 1
            print(
                f"SET   {text!r:.150} {options}: only left {sorted(one - other)[:5]}, only right {sorted(other - one)[:5]}"
            )
        ids = [[hit.id for hit in page] for page in pages]
        scores = [(a.score, b.score) for a, b in zip(*pages, strict=False)]
        furthest = max((abs(a - b) / max(abs(a), 1e-12) for a, b in scores), default=0.0)
        worst = max(worst, furthest)
        first += len(ids[0][:FIRST])
        same += len({*ids[0][:FIRST]} & {*ids[1][:FIRST]})
        counts[f"different order of the first {FIRST}"] += ids[0][:FIRST] != ids[1][:FIRST]
        if ids[0] != ids[1]:
            counts["different order"] += 1
            at = next((n for n, (a, b) in enumerate(zip(*ids, strict=False)) if a != b), min(map(len, ids)))
            print(
                f"ORDER {text!r:.150} {options}: at {at}, {ids[0][at : at + 3]} and {ids[1][at : at + 3]}, {furthest:.1e}"
            )
        elif furthest > 1e-6:
            counts["different scores"] += 1
            print(f"SCORE {text!r:.150} {options}: {furthest:.1e}")
        if counts["queries"] % 500 == 0:
            print(f"{dict(counts)}, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{dict(counts)}; the largest relative difference of a score is {worst:.1e}")
    print(f"of the first {FIRST} of the left {same / max(first, 1):.4%} are among the first {FIRST} of the right")


def fill_uncounted(store: Store, records: list[dict[str, Any]], statistics: str) -> None:
    """Store them as other programs do, after which nothing is counted but by ANALYZE."""
    half = len(records) // 2 if statistics == "stale" else 0
    store.add_many(records[:half])
    store.connection.run(store.dialect.insert(map(draft, records[half:])), write=True)

    def analyze() -> Plan[None]:
        yield Statement("ANALYZE ai_thought_history")

    store.connection.run(analyze(), write=True)


def main() -> None:
    """Fill both and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=5000)
    parser.add_argument("--url")
    parser.add_argument("--sqlite", default=":memory:")
    parser.add_argument("--statistics", choices=("counted", "planner", "stale"), default="counted")
    arguments = parser.parse_args()
    records = list(thoughts())
    with contextlib.ExitStack() as stack:
        url = arguments.url or stack.enter_context(fresh_database(running("18")))
        stores = [stack.enter_context(thoughtsearch.open(place)) for place in (arguments.sqlite, url)]
        for store in stores:
            if store.stats()["thoughts"]:
                continue
            if store is stores[1] and arguments.statistics != "counted":
                fill_uncounted(store, records, arguments.statistics)
            else:
                store.add_many(records)
        compare(stores[0], stores[1], queries(arguments.queries, records))


if __name__ == "__main__":
    main()
