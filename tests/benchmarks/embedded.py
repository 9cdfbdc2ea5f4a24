"""SQLite at 127,237 real thoughts: what the store costs beside the bare statements it stands for.

    python -m tests.benchmarks.embedded [--keep FOLDER]

Ingest: `add_many` against a bare executemany into the same table with the same index and triggers. Search: `search()`
against the bare FTS5 statement on the same connection, one after the other for each query; ratios and medians.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import thoughtsearch
from tests.benchmarks.corpus import thoughts
from tests.benchmarks.quality import evaluator
from thoughtsearch.engines.sqlite.compiler import compile_tree
from thoughtsearch.engines.sqlite.connection import SqliteConnection
from thoughtsearch.query.request import request
from thoughtsearch.query.tree import scoring_phrases

BARE_INSERT = """
    INSERT INTO ai_thought_history
        (ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata, created_at)
    VALUES (:ai_id, :session_id, :cycle_number, :thought_content, :thought_type, :tags, :metadata, :created_at)
"""
BARE_SEARCH = """
    SELECT t.* FROM (
        SELECT rowid AS id, bm25(ai_thought_history_fts) AS score FROM ai_thought_history_fts
        WHERE ai_thought_history_fts MATCH ? ORDER BY score, id DESC LIMIT 10
    ) AS f JOIN ai_thought_history AS t ON t.id = f.id ORDER BY f.score, f.id DESC
"""
PEOPLE_ASK = (
    "why is the database locked",
    "how was the failing migration fixed",
    "flaky test timeout",
    '"permission denied"',
    "separability_matrix nested CompoundModels",
    "off by one error in the loop",
    "type:reflection what went wrong",
    "user wants to cancel the reservation refund",
    "regex does not match unicode",
    "docker build fails -compose",
)


def raw(record: dict[str, Any]) -> dict[str, Any]:
    """The record as a bare statement takes it."""
    packed = {"tags": ",".join(record["tags"]), "metadata": json.dumps(record["metadata"])}
    return record | packed | {"created_at": record["created_at"] or "2026-01-01 00:00:00"}


def ingest(folder: Path) -> Path:
    """Fill two databases in turn with the same records; the one that the store filled."""
    records = list(thoughts())
    ready = [raw(record) for record in records]
    bare_path, path = folder / "bare.db", folder / "store.db"
    thoughtsearch.open(bare_path).close()
    bare = sqlite3.connect(bare_path)
    bare.execute("PRAGMA synchronous = NORMAL")
    bare.execute("PRAGMA cache_size = -65536")
    seconds = {"bare": 0.0, "store": 0.0}
    with thoughtsearch.open(path) as store:
        for start in range(0, len(records), 10_000):
            begun = time.perf_counter()
            for batch in range(start, min(start + 10_000, len(ready)), 1_000):
                with bare:
                    bare.executemany(BARE_INSERT, ready[batch : batch + 1_000])
            middle = time.perf_counter()
            store.add_many(records[start : start + 10_000])
            seconds["bare"] += middle - begun
            seconds["store"] += time.perf_counter() - middle
    bare.close()
    rates = {name: len(records) / spent for name, spent in seconds.items()}
    print(
        f"ingest of {len(records):,}: executemany {rates['bare']:,.0f} rows/s, add_many {rates['store']:,.0f} rows/s, "
        f"ratio {rates['store'] / rates['bare']:.2f}; {os.path.getsize(path) / 1e6:,.0f} MB"
    )
    return path


def real_queries(count: int = 200) -> dict[str, list[str]]:
    """One-word and three-word queries from the thoughts themselves, and questions of the judged sets."""
    chance = random.Random(7)
    texts = [record["thought_content"] for record in thoughts()]
    words = [word for text in chance.sample(texts, 2_000) for word in re.findall(r"[A-Za-z]{4,}", text)[:40]]
    questions = [text for name in ("swe_thoughts", "locomo", "cosqa") for text in _questions(name)]
    third = count // 3
    return {
        "one word": chance.sample(words, third),
        "three words": [" ".join(chance.sample(words, 3)) for _ in range(third)],
        "question": chance.sample(questions, count - 2 * third),
    }


def _questions(name: str) -> list[str]:
    return [text for collection in evaluator().load(name) for _, text in collection.queries]


def search(path: Path, rounds: int = 3) -> None:
    """Each query bare and through the store in turn, on one connection; the least of the rounds for each."""
    with thoughtsearch.open(path) as store:
        assert isinstance(store.connection, SqliteConnection)
        bare = store.connection._connection
        everything: list[tuple[float, float]] = []
        print(f"{'queries':12} {'bare p50':>9} {'ours p50':>9} {'bare p95':>9} {'ours p95':>9} {'total ratio':>12}  ms")
        for kind, queries in real_queries().items():
            pairs = []
            for text in queries:
                match = _bare_match(text)
                times: list[tuple[float, float]] = []
                for _ in range(rounds):
                    begun = time.perf_counter()
                    bare.execute(BARE_SEARCH, (match,)).fetchall()
                    middle = time.perf_counter()
                    store.search(text)
                    times.append((middle - begun, time.perf_counter() - middle))
                pairs.append((1e3 * min(t[0] for t in times), 1e3 * min(t[1] for t in times)))
            _print(kind, pairs)
            everything += pairs
        _print("all", everything)
        added = statistics.median(ours - bare_time for bare_time, ours in everything)
        print(f"added at the median: {added:.2f} ms")


def _bare_match(text: str) -> str:
    # The expression that the store itself ranks by, so that both do the same work.
    node = request(text, {}).parsed(datetime.now(timezone.utc)).node
    assert scoring_phrases(node)
    return compile_tree(node).match or ""


def _print(kind: str, pairs: Sequence[tuple[float, float]]) -> None:
    bare, ours = (sorted(column) for column in zip(*pairs, strict=True))
    middle, late = len(bare) // 2, int(len(bare) * 0.95)
    print(
        f"{kind:12} {bare[middle]:9.2f} {ours[middle]:9.2f} {bare[late]:9.2f} {ours[late]:9.2f}"
        f" {sum(ours) / sum(bare):12.3f}"
    )


def people(path: Path) -> None:
    """Ten queries that a person would ask, with what came first."""
    with thoughtsearch.open(path) as store:
        for text in PEOPLE_ASK:
            store.search(text)
            begun = time.perf_counter()
            results = store.search(text)
            spent = 1e3 * (time.perf_counter() - begun)
            first = str(results[0].snippet).replace("\n", " ")[:90] if results else "nothing"
            print(f"{spent:7.1f} ms  {text}\n            {first}")


def main() -> None:
    """Ingest, then search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder whose store.db is used, and made where there is none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        path = folder / "store.db"
        if not path.exists():
            path = ingest(folder)
        search(path)
        people(path)


if __name__ == "__main__":
    main()
