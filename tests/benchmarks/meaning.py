"""Search by meaning over 127,237 real thoughts: the embedding backfill, the latency of each mode, recall, memory.

    python -m tests.benchmarks.meaning [--embedder NAME] [--engine sqlite|postgresql] [--sqlite FILE] [--url postgresql://…]
    python -m tests.benchmarks.meaning --vectors 1000000        (vectors alone, in memory and on SQLite)

Without a file or a URL databases are made in a temporary folder, in memory where there is room, and on a server of the test
extra with fsync off. One that holds thoughts and vectors already is searched as it is. Recall is that of the ten nearest,
against a comparison with all vectors by numpy. A filter keeps 1 % of the thoughts, or those of a single session.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import resource
import statistics
import struct
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

import thoughtsearch
from tests.benchmarks.corpus import thoughts
from tests.benchmarks.embedded import real_queries
from tests.postgres.server import Server
from tests.world import RAM
from thoughtsearch import Store
from thoughtsearch.embedders.finding import opened
from thoughtsearch.engines.contract.vectors import Place
from thoughtsearch.engines.sqlite.vector_cache import VectorCache, nearest
from thoughtsearch.location import locate
from thoughtsearch.operations.embedding import EmbeddingBackfill
from thoughtsearch.query.request import request
from thoughtsearch.vectors import packed

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
QUERIES = 100
TAG = "one in a hundred"


def filled(url: str, records: Sequence[dict[str, Any]]) -> None:
    """Thoughts, where there are none yet; every hundredth has a tag of its own."""
    with thoughtsearch.open(url) as store:
        if store.search(limit=1):
            return
        began = time.perf_counter()
        store.add_many(
            {**record, "tags": [*record["tags"], *([TAG] if number % 100 == 0 else [])]}
            for number, record in enumerate(records)
        )
        print(f"  stored {len(records):,} thoughts in {time.perf_counter() - began:.0f} s", flush=True)


def embedded(url: str, embedder: str) -> None:
    """Vectors, where they lack."""
    with EmbeddingBackfill(locate(url), opened(embedder)) as backfill:
        lacking = backfill.survey().thoughts
        began, last = time.perf_counter(), [0.0]

        def progress(done: int, total: int) -> None:
            last[0] = time.perf_counter()

        done = backfill.run(progress)
        if done.embedded:
            rate, rest = lacking / (last[0] - began), time.perf_counter() - last[0]
            print(f"  embedded {done.embedded:,} thoughts, {rate:,.0f}/s; index and counts took {rest:.1f} s", flush=True)


def latencies(store: Store, queries: Sequence[str]) -> None:
    """Median and 95th percentile of each mode, without a filter and with two."""
    session = store.search(limit=1, tags=[TAG])[0].thought.session_id
    filters: dict[str, dict[str, Any]] = {"none": {}, "1 %": {"tags": [TAG]}, "a session": {"session_id": session}}
    print(f"  {'filter':10}" + "".join(f" {mode + ' p50/p95':>20}" for mode in ("text", "semantic", "hybrid")))
    for name, options in filters.items():
        shown = []
        for mode in ("text", "semantic", "hybrid"):
            store.search("begin", mode=mode, **options)
            times = sorted(_timed(partial(store.search, query, mode=mode, **options)) for query in queries)
            shown.append(f" {1e3 * statistics.median(times):9.1f} / {1e3 * times[int(0.95 * len(times))]:5.1f} ms")
        print(f"  {name:10}{''.join(shown)}", flush=True)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def recall(store: Store, url: str, queries: Sequence[str]) -> None:
    """Of the ten nearest how many are found: with no filter, with one that keeps many, 1 %, or one session."""
    ids, vectors, by_tag, by_agent, sessions = _everything(url)
    model = store.embedding_model()
    assert model is not None
    checked = store.embedder.opened()
    session = int(sessions[by_tag][0])
    kept: dict[str, tuple[dict[str, Any], Any]] = {
        "none": ({}, np.ones(len(ids), dtype=bool)),
        "an agent's": ({"ai": 1}, by_agent),
        "1 %": ({"tags": [TAG]}, by_tag),
        "a session": ({"session_id": session}, sessions == session),
    }
    for name, (options, mask) in kept.items():
        shares = []
        for query in queries:
            vector = checked.query(query)
            exact = nearest(ids[mask], vectors[mask], vector, 10, Place())
            node = request("", options).parsed(_now()).node
            found = store.connection.run(store.dialect.embedding.nearest(model, vector, node, 10, Place()))
            # Of those that are equally near any will do.
            shares.append(sum(score >= exact[-1][1] for _, score in found) / len(exact))
        print(f"  recall, filter {name} ({int(mask.sum()):,} thoughts): {statistics.mean(shares):.4f}", flush=True)


def _now() -> Any:
    from datetime import datetime, timezone

    return datetime.now(timezone.utc)


def _everything(url: str) -> Any:
    """All vectors of a PostgreSQL database, and what the filters ask of their thoughts."""
    sql = """
        SELECT t.id, halfvec_send(e.embedding), %s = ANY(t.tags), t.ai_id = 1, coalesce(t.session_id, -1)
        FROM ai_thought_embedding AS e JOIN ai_thought_history AS t ON t.id = e.thought_id ORDER BY t.id
    """
    with psycopg.connect(url) as connection:
        rows = connection.execute(sql, (TAG,)).fetchall()
    size = struct.unpack(">H", rows[0][1][:2])[0]
    vectors = np.frombuffer(b"".join(row[1][4:] for row in rows), dtype=">f2").reshape(len(rows), size).astype(np.float32)
    columns = [np.array([row[n] for row in rows]) for n in (0, 2, 3, 4)]
    return columns[0], vectors, columns[1], columns[2], columns[3]


@contextlib.contextmanager
def served(url: str | None) -> Iterator[str]:
    """A database to use."""
    if url is not None:
        yield url
        return
    server = Server("18", settings=SETTINGS)
    try:
        server.start()
        yield server.create_database("meaning")
    finally:
        server.remove()


def resident() -> float:
    """MiB of this process in memory at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def vectors_alone(count: int, dimensions: int = 256) -> None:
    """What so many vectors cost in memory, and how long the nearest of them take."""
    chance = np.random.default_rng(1)
    before = resident()
    cache = VectorCache(1, dimensions, count)
    for start in range(0, count, 50_000):
        some = chance.standard_normal((min(50_000, count - start), dimensions)).astype(np.float32)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
        halves = some.astype("<f2")
        cache.add([(start + n, row.tobytes()) for n, row in enumerate(halves)])
    print(f"{count:,} × {dimensions} in memory: {resident() - before:,.0f} MiB")
    queries = [packed(chance.standard_normal(dimensions).tolist()) for _ in range(30)]
    few = list(range(0, count, 100))
    for name, ids in (("all", None), ("1 %", few)):
        times = sorted(_timed(partial(_scan, cache, ids, query)) for query in queries)
        print(f"  nearest ten of {name}: {1e3 * statistics.median(times):.1f} / {1e3 * times[-2]:.1f} ms")


def _scan(cache: VectorCache, ids: list[int] | None, query: bytes) -> object:
    return nearest(*cache.among(ids), query, 10, Place())


def main() -> None:
    """Print what is measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.meaning")
    parser.add_argument("--embedder", default="wordllama")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    parser.add_argument("--sqlite", metavar="FILE")
    parser.add_argument("--url")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--vectors", type=int)
    parser.add_argument("--recall", action="store_true", help="on PostgreSQL leave the latencies out")
    given = parser.parse_args()
    if given.vectors:
        vectors_alone(given.vectors)
        return
    records = list(thoughts())[: given.rows]
    queries = random.Random(7).sample([text for kind in real_queries().values() for text in kind], QUERIES)
    if given.engine in (None, "sqlite"):
        with tempfile.TemporaryDirectory(dir=RAM) as folder:
            path = given.sqlite or str(Path(folder) / "meaning.db")
            print("SQLite")
            filled(path, records)
            embedded(path, given.embedder)
            before = resident()
            with thoughtsearch.open(path, embedder=given.embedder) as store:
                cold = _timed(lambda: store.search("begin", mode="semantic"))
                more = resident() - before
                print(f"  first search, which reads all vectors: {cold:.2f} s; {more:,.0f} MiB more in memory", flush=True)
                latencies(store, queries)
    if given.engine in (None, "postgresql"):
        with served(given.url) as url:
            print("PostgreSQL")
            filled(url, records)
            embedded(url, given.embedder)
            with thoughtsearch.open(url, embedder=given.embedder) as store:
                if not given.recall:
                    latencies(store, queries)
                recall(store, url, queries)


if __name__ == "__main__":
    main()
