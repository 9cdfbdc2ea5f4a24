"""`thoughtsearch bench`, small: what it tells, and that it leaves nothing behind. No time is tested."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import for_test, fresh_database, in_use
from thoughtsearch.bench import writers
from thoughtsearch.bench.places import PREFIX, with_schema
from thoughtsearch.bench.queries import by_kind
from thoughtsearch.bench.thoughts import made
from thoughtsearch.text import terms

from .conftest import Run

SMALL = ("--count", "300", "--seconds", "0.02")
KINDS = [
    "a rare word",
    "a word in 1 %",
    "a word in 5 %",
    "a word in 20 %",
    "three words",
    "a question",
    "a phrase",
    "a prefix",
    "two words, an agent",
    "two words, a tag",
    "two words, metadata",
]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a database that holds thoughts already."""
    with fresh_database(for_test(in_use()[0])) as url:
        with thoughtsearch.open(url) as store:
            store.add("This was here before.", ai_id=1)
        yield url


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer writers: to start a process takes a while."""
    assert writers.COUNTS == (1, 4, 8, 16)
    monkeypatch.setattr(writers, "COUNTS", (1, 3))


def check(figures: dict[str, Any], engines: list[str]) -> None:
    assert list(figures) == ["thoughts", "engines", "ingest", "search", "writers", "bytes"]
    assert list(figures["engines"]) == list(figures["bytes"]) == engines
    assert [one["kind"] for one in figures["search"]] == KINDS
    assert [one["writers"] for one in figures["writers"]] == list(writers.COUNTS)
    for rates in figures["ingest"].values():
        assert list(rates) == engines
        assert all(rate > 0 for rate in rates.values())
    for one in figures["search"]:
        assert one["same_hits"] == one["queries"] > 0
        assert all(0 < at["p50_ms"] <= at["p95_ms"] for at in one["engines"].values())
    for one in figures["writers"]:
        assert list(one["engines"]) == engines
        for at in one["engines"].values():
            assert (at["errors"], at["last_error"]) == (0, None)
            assert at["commits_per_s"] > 0
            assert 0 <= at["slowest_to_fastest"] <= 1
            assert at["longest_wait_ms"] > 0
    for size in figures["bytes"].values():
        assert 0 < size["text_index"] < size["total"]


def untouched(url: str) -> None:
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT thought_content FROM ai_thought_history").fetchall() == [
            ("This was here before.",)
        ]
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", [PREFIX + "%"])
        assert found.fetchall() == []


@pytest.mark.usefixtures("few")
def test_sqlite_alone(run: Run, temporary: Path) -> None:
    check(json.loads(run("bench", *SMALL, "--json").stdout), ["sqlite"])
    assert not list(temporary.iterdir())


@pytest.mark.usefixtures("few")
def test_both_engines(run: Run, served: str, temporary: Path) -> None:
    check(json.loads(run("bench", *SMALL, "--url", served, "--json").stdout), ["sqlite", "postgresql"])
    untouched(served)
    assert not list(temporary.iterdir())


@pytest.mark.usefixtures("few")
def test_for_people(run: Run, served: str) -> None:
    lines = run("bench", *SMALL, "--url", served).stdout.splitlines()
    assert lines[0] == "300 thoughts"
    assert lines[1].startswith("SQLite 3.")
    assert lines[2].startswith("PostgreSQL 1")
    assert lines[3].split() == ["SQLite", "PostgreSQL", "ratio"]
    assert {"ingest, thoughts a second", "size, MB"} <= set(lines)
    assert all(any(line.startswith(f"  {kind}  ") for line in lines) for kind in KINDS)
    assert lines[-1].startswith("same thoughts in the same order: ")


@pytest.mark.usefixtures("few")
def test_thoughts_of_a_file(run: Run, samples: Path) -> None:
    run("export", "thoughts.jsonl")
    figures = json.loads(
        run("bench", "--thoughts", "thoughts.jsonl", "--count", "50", "--seconds", "0.01", "--json").stdout
    )
    assert figures["thoughts"] == 50


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--thoughts", "absent.jsonl"], 2, "absent.jsonl"),
        (["--thoughts", "empty.jsonl"], 2, "empty.jsonl holds no thoughts"),
        (["--thoughts", "bad.jsonl"], 2, "bad.jsonl:2: "),
        (["--url", "thoughts.db"], 2, "--url names a PostgreSQL database"),
        (["--url", "postgresql://nobody@127.0.0.1:1/x"], 3, "can't be reached"),
        (["--count", "0"], 2, "--count"),
        (["--seconds", "0"], 2, "--seconds"),
    ],
)
def test_what_can_not_be_measured(run: Run, arguments: list[str], code: int, said: str) -> None:
    Path("empty.jsonl").touch()
    Path("bad.jsonl").write_text('{"thought_content": "x"}\n{"thought_content"\n', encoding="utf-8")
    result = run("bench", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_behind(served: str, temporary: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "thoughtsearch", "bench", "--url", served, "--count", "300", "--seconds", "30"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        # A shell's background job inherits an ignored SIGINT, and would pass it on to the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    with psycopg.connect(served, autocommit=True) as connection:
        loaded = "SELECT count(*) FROM pg_tables WHERE schemaname LIKE %s AND tablename = 'ai_thought_history'"
        while connection.execute(loaded, [PREFIX + "%"]).fetchall() == [(0,)]:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.strip()) == (130, b"Interrupted.")
    untouched(served)
    assert not list(temporary.iterdir())


def test_a_server_that_forgets_the_schema_is_left_alone(
    run: Run, served: str, monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr("thoughtsearch.bench.places.with_schema", lambda url, schema: url)
    result = run("bench", *SMALL, "--url", served)
    assert result.exit_code == 3
    assert "does not heed the options" in result.stderr
    untouched(served)


def test_other_options_of_the_url_stay() -> None:
    url = with_schema("postgresql:///x?options=-c%20jit%3Doff&host=/tmp", "s")
    assert url == "postgresql:///x?options=-c%20jit%3Doff%20-c%20search_path%3Ds&host=/tmp"
    assert with_schema("postgresql://h/x", "s") == "postgresql://h/x?options=-c%20search_path%3Ds"


def test_made_thoughts_have_words_of_every_commonness() -> None:
    records = made(2_000)
    assert records == made(2_000)
    held = Counter(term for record in records for term in set(terms(record["thought_content"])))
    for share in (0.0005, 0.01, 0.05, 0.2):
        assert sum(share / 2 < count / 2_000 < share * 2 for count in held.values()) >= 5, share
    kinds = by_kind(records, 20)
    assert list(kinds) == KINDS
    assert all(len(queries) >= 5 for queries in kinds.values()), {kind: len(queries) for kind, queries in kinds.items()}
    assert kinds == by_kind(records, 20)
