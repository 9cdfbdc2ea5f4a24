"""Meaning on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .conftest import Run

EMBED = ("backfill", "--embeddings", "--embedder", "hashing:32")


def test_backfill_says_what_it_would_do_and_did(samples: Path, run: Run) -> None:
    dry = run(*EMBED, "--dry-run")
    assert dry.exit_code == 0
    assert dry.stdout.startswith("hashing:32 would embed 93 thoughts, 23,")
    assert "tokens." in dry.stdout
    assert run(*EMBED, "--batch", "10").stdout == "Embedded 93 thoughts.\n"
    assert run(*EMBED).stdout == "Nothing to do: hashing:32 has embedded every thought.\n"
    other = ("backfill", "--embeddings", "--embedder", "hashing:16")
    assert "Then it takes the place of hashing:32." in run(*other, "--dry-run").stdout
    assert run(*other).stdout == "Embedded 93 thoughts.\nSearches use hashing:16 now, in the place of hashing:32.\n"
    # Without a name: the one that the thoughts were embedded by.
    assert run("backfill", "--embeddings").stdout.startswith("Nothing to do: hashing:16")


def test_query_by_meaning(samples: Path, run: Run) -> None:
    run(*EMBED)
    found = json.loads(run("query", "who blocks the writers", "--mode", "hybrid", "--json", "--explain").stdout)
    assert (found["mode_requested"], found["mode_used"]) == ("hybrid", "hybrid")
    assert found["coverage"] == {"model": "hashing:32", "embedded": 93, "thoughts": 93}
    assert set(found["hits"][0]["explanation"]["legs"]) <= {"text", "semantic"}
    shown = run("query", "who blocks the writers", "--mode", "hybrid", "--explain", "-n", "1")
    assert "text of 0.8, convex  (rank " in shown.stdout or "semantic of 0.2, convex  (rank " in shown.stdout
    weighed = json.loads(run("query", "the lock", "--mode", "hybrid", "--weight", "0", "--json").stdout)
    words = json.loads(run("query", "the lock", "--mode", "text", "--json").stdout)
    assert [hit["id"] for hit in weighed["hits"]][:5] == [hit["id"] for hit in words["hits"]][:5]
    assert run("query", "lock", "--mode", "semantic", "--fusion", "rrf", "-n", "2", "--jsonl").stdout.count("\n") == 2
    assert run("query", "lock", "--embedder", "hashing:32", "--json").stdout.count('"mode_used": "hybrid"') == 1


def test_similar(samples: Path, run: Run) -> None:
    missing = run("similar", "4")
    assert (missing.exit_code, missing.stdout) == (3, "")
    assert "run `thoughtsearch backfill --embeddings" in missing.stderr
    run(*EMBED)
    found = json.loads(run("similar", "#4", "-n", "3", "--json").stdout)
    assert len(found["hits"]) == 3
    assert 4 not in [hit["id"] for hit in found["hits"]]
    assert run("similar", "4", "-n", "2").stdout.startswith("#")
    nothing = run("similar", "999")
    assert nothing.exit_code == 2
    assert "There is no thought 999" in nothing.stderr


def test_stats_tell_of_embeddings(samples: Path, run: Run) -> None:
    assert "embedded" not in run("stats").stdout
    assert json.loads(run("stats", "--json").stdout)["embeddings"] is None
    run(*EMBED)
    assert "hashing:32 (32 dimensions)" in run("stats").stdout
    assert json.loads(run("stats", "--json").stdout)["embeddings"]["embedded"] == 93


def test_add_embeds(samples: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*EMBED)
    monkeypatch.setenv("THOUGHTSEARCH_EMBEDDER", "hashing:32")
    assert run("add", "Two writers wait for one lock.").exit_code == 0
    assert json.loads(run("stats", "--json").stdout)["embeddings"]["embedded"] == 94


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("query", "lock", "--mode", "hybrid"), 3, "No thought has an embedding here yet"),
        (("query", "lock", "--weight", "2"), 2, "--weight"),
        (("backfill", "--again"), 2, "go with --embeddings"),
        (("backfill", "--embeddings", "--throttle", "9"), 2, "--throttle goes without --embeddings"),
        (("backfill", "--embeddings"), 2, "Name what is to embed them: --embedder wordllama"),
        (("backfill", "--embeddings", "--embedder", "nothing"), 2, "There is no embedder 'nothing'"),
        (("backfill", "--embeddings", "--embedder", "hashing:x"), 2, "hashing takes its dimensions"),
        (("backfill", "--embeddings", "--embedder", "openai:small"), 2, "OPENAI_API_KEY is not set"),
    ],
)
def test_bad_input(
    samples: Path, run: Run, arguments: tuple[str, ...], code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_without_numpy_words_are_searched_as_ever(samples: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*EMBED)
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert run("query", "lock").exit_code == 0
    result = run("query", "lock", "--mode", "hybrid")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "needs numpy: pip install 'thoughtsearch[semantic]'" in result.stderr
    auto = json.loads(run("query", "lock", "--embedder", "hashing:32", "--json").stdout)
    assert auto["mode_used"] == "text"
    assert "needs numpy" in auto["warnings"][0]
