"""Retrieval quality through `search()` itself on judged sets.

    python -m tests.benchmarks.quality [--postgresql] [--embedder NAME] [SET ...]

With an embedder the modes text, semantic and hybrid side by side, on SQLite and PostgreSQL, and at the end whether hybrid
holds what it promises: nowhere worse than text by more than .002, better by .01 on two sets, alike on both engines.

The sets are found in THOUGHTSEARCH_DATA (default ../shared/data): eval_ir.py and sets/*.json.gz.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import thoughtsearch
from tests.benchmarks.corpus import data_folder
from tests.postgres.server import fresh_database, running

SETS = ("scifact", "cranfield", "cisi", "locomo", "cosqa", "swe_thoughts", "madial_en", "madial_zh")
#: Judged where meaning is measured: the Chinese set would only tell that the embedder knows no Chinese.
MEANT = ("locomo", "cranfield", "scifact", "cisi", "cosqa", "swe_thoughts")
MODES = ("text", "semantic", "hybrid")
ALLOWED_LOSS, WANTED_GAIN, SAME = 0.002, 0.01, 0.002


def evaluator() -> Any:
    """The module that loads and scores the sets."""
    spec = importlib.util.spec_from_file_location("eval_ir", data_folder() / "eval_ir.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Searcher:
    """One collection in a database in memory, or of a server of the test extra."""

    def __init__(
        self,
        documents: Sequence[tuple[str, str]],
        *,
        served: bool = False,
        mode: str = "text",
        embedder: str | None = None,
        fusion: str = "convex",
        weight: float | None = None,
    ) -> None:
        self._options: Any = {"mode": mode, "fusion": fusion, "weight": weight}
        self._exit = contextlib.ExitStack()
        url = self._exit.enter_context(fresh_database(running("18"))) if served else ":memory:"
        self.store = self._exit.enter_context(thoughtsearch.open(url, embedder=embedder))
        stored = [(name, text) for name, text in documents if text.strip()]
        self.names = [name for name, _ in stored]
        self.store.add_many({"thought_content": text, "ai_id": 1} for _, text in stored)

    def __call__(self, text: str, limit: int) -> list[str]:
        return [self.names[hit.id - 1] for hit in self.store.search(text, limit=limit, **self._options)]

    def close(self) -> None:
        self._exit.close()


Evaluate = Callable[..., dict[str, float]]


def by_words(names: Sequence[str], evaluate: Evaluate, *, served: bool) -> None:
    """Print a line for each set."""
    print(f"{'set':14} {'nDCG@10':>8} {'R@10':>6} {'R@100':>6} {'queries':>8} {'p50 ms':>7} {'p95 ms':>7}")
    for name in names or SETS:
        figures = evaluate(name, partial(Searcher, served=served))
        print(
            f"{name:14} {figures['ndcg@10']:8.4f} {figures['recall@10']:6.3f} {figures['recall@100']:6.3f}"
            f" {figures['queries']:8.0f} {figures['p50_ms']:7.2f} {figures['p95_ms']:7.2f}",
            flush=True,
        )


def by_meaning(names: Sequence[str], evaluate: Evaluate, **options: Any) -> bool:
    """Print nDCG@10 / Recall@10 of each mode on each engine; whether hybrid holds what it promises."""
    print(f"{'set':14} {'engine':11}" + "".join(f" {mode:>15}" for mode in MODES) + f" {'gain':>7}")
    worst, gains, apart = 0.0, 0, 0.0
    for name in names or MEANT:
        found: dict[tuple[str, str], float] = {}
        for engine in ("sqlite", "postgresql"):
            shown = []
            for mode in MODES:
                embedder = None if mode == "text" else options["embedder"]
                made = partial(Searcher, served=engine == "postgresql", mode=mode, **{**options, "embedder": embedder})
                figures = evaluate(name, made)
                found[engine, mode] = figures["ndcg@10"]
                shown.append(f" {figures['ndcg@10']:8.4f} /{figures['recall@10']:5.3f}")
            gain = found[engine, "hybrid"] - found[engine, "text"]
            print(f"{name:14} {engine:11}{''.join(shown)} {gain:+7.4f}", flush=True)
            worst = min(worst, gain)
        apart = max(apart, *(abs(found["sqlite", mode] - found["postgresql", mode]) for mode in MODES))
        gained = [found[engine, "hybrid"] - found[engine, "text"] for engine in ("sqlite", "postgresql")]
        gains += min(gained) >= WANTED_GAIN
    print(
        f"hybrid loses at most {-worst:.4f}, gains {WANTED_GAIN} or more on {gains} sets; the engines differ by {apart:.4f}"
    )
    return worst >= -ALLOWED_LOSS and gains >= min(2, len(names or MEANT)) and apart <= SAME


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 where hybrid does not hold what it promises."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.quality")
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--postgresql", action="store_true", help="by words on PostgreSQL instead of SQLite")
    parser.add_argument("--embedder", metavar="NAME", help="measure the modes with this embedder, on both engines")
    parser.add_argument("--fusion", default="convex", choices=["convex", "rrf"])
    parser.add_argument("--weight", type=float)
    given = parser.parse_args(arguments)
    evaluate: Evaluate = evaluator().evaluate
    if given.embedder is None:
        by_words(given.sets, evaluate, served=given.postgresql)
        return 0
    options = {"embedder": given.embedder, "fusion": given.fusion, "weight": given.weight}
    return 0 if by_meaning(given.sets, evaluate, **options) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
