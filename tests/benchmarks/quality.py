"""Retrieval quality through `search()` itself on judged sets.

    python -m tests.benchmarks.quality [--postgresql] [SET ...]

The sets are found in THOUGHTSEARCH_DATA (default ../shared/data): eval_ir.py and sets/*.json.gz.
"""

from __future__ import annotations

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

    def __init__(self, documents: Sequence[tuple[str, str]], *, served: bool = False) -> None:
        self._exit = contextlib.ExitStack()
        url = self._exit.enter_context(fresh_database(running("18"))) if served else ":memory:"
        self.store = self._exit.enter_context(thoughtsearch.open(url))
        stored = [(name, text) for name, text in documents if text.strip()]
        self.names = [name for name, _ in stored]
        self.store.add_many({"thought_content": text, "ai_id": 1} for _, text in stored)

    def __call__(self, text: str, limit: int) -> list[str]:
        return [self.names[hit.id - 1] for hit in self.store.search(text, limit=limit)]

    def close(self) -> None:
        self._exit.close()


def main(names: Sequence[str]) -> None:
    """Print a line for each set."""
    evaluate: Callable[..., dict[str, float]] = evaluator().evaluate
    print(f"{'set':14} {'nDCG@10':>8} {'R@10':>6} {'R@100':>6} {'queries':>8} {'p50 ms':>7} {'p95 ms':>7}")
    served = "--postgresql" in names
    for name in [name for name in names if not name.startswith("-")] or SETS:
        figures = evaluate(name, partial(Searcher, served=served))
        print(
            f"{name:14} {figures['ndcg@10']:8.4f} {figures['recall@10']:6.3f} {figures['recall@100']:6.3f}"
            f" {figures['queries']:8.0f} {figures['p50_ms']:7.2f} {figures['p95_ms']:7.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
