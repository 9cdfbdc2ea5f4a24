"""No command loses a thought, or fails, for how deep its metadata nests."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

import thoughtsearch

from .conftest import Run

LEVELS = (50, 99, 100, 101, 700, 990, 5_000)


def deep(levels: int) -> str:
    return '{"plain": 1, "a": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = str(tmp_path / "deep.db")
    thoughtsearch.open(path).close()
    with sqlite3.connect(path) as connection:
        for levels in LEVELS:
            connection.execute(
                "INSERT INTO ai_thought_history (ai_id, thought_content, metadata) VALUES (1, 'deep', ?)", [deep(levels)]
            )
    return path


@pytest.mark.parametrize("name", ["deep.jsonl", "deep.csv"])
def test_export_writes_it_and_import_reads_it_again(database: str, run: Run, name: str) -> None:
    assert run("export", name, "-d", database).exit_code == 0
    assert run("import", name, "-d", "again.db").exit_code == 0
    with thoughtsearch.open("again.db") as again, thoughtsearch.open(database) as first:
        kept = [(thought.metadata, thought.metadata_text) for thought in again.export()]
        assert kept == [(thought.metadata, thought.metadata_text) for thought in first.export()]
        assert [text for _, text in kept] == [None if levels <= 100 else deep(levels) for levels in LEVELS]
        assert len(again.search(where={"plain": 1})) == 3


def test_transfer_carries_it(database: str, run: Run) -> None:
    result = run("transfer", database, "moved.db")
    assert result.exit_code == 0, result.output
    with sqlite3.connect("moved.db") as connection:
        kept = [json.loads(text) if number < 3 else text for number, (text,) in enumerate(_metadata(connection))]
    assert kept == [json.loads(deep(levels)) if levels <= 100 else deep(levels) for levels in LEVELS]


def _metadata(connection: sqlite3.Connection) -> list[tuple[str]]:
    return connection.execute("SELECT metadata FROM ai_thought_history ORDER BY id").fetchall()


def test_show_prints_it(database: str, run: Run) -> None:
    for number, levels in enumerate(LEVELS, 1):
        shown = run("show", str(number), "-d", database).stdout
        assert "[" * (levels - 1) in shown
        record = json.loads(run("show", str(number), "-d", database, "--json").stdout)
        assert record.get("metadata_text") == (None if levels <= 100 else deep(levels))
    assert run("query", "deep", "-d", database, "--json").exit_code == 0
    assert run("recent", "-d", database).exit_code == 0


@pytest.mark.parametrize("levels", [*LEVELS, 100_000])
def test_add_and_import_take_it(run: Run, levels: int) -> None:
    assert run("add", "x", "--metadata", deep(levels), "--meta", "more=2", "-d", "new.db").exit_code == 0
    record = {"thought_content": "y", "metadata": deep(levels), "extra": 3}
    Path("in.jsonl").write_text(json.dumps(record), encoding="utf-8")
    assert run("import", "in.jsonl", "--meta-rest", "-d", "new.db").exit_code == 0
    with thoughtsearch.open("new.db") as store:
        for number, more in ((1, '"more":2'), (2, '"extra":3')):
            thought = store.get(number)
            assert thought is not None
            text = thought.metadata_text or json.dumps(dict(thought.metadata), separators=(",", ":"))
            assert more in text
            assert "[" * (levels - 1) in text


def test_a_record_that_nests_without_end_is_left_out_and_kept_aside(run: Run) -> None:
    bad = '{"thought_content": "", "metadata": ' + deep(800) + "}"
    worse = '{"thought_content": "x", "metadata": ' + deep(200_000) + "}"
    Path("in.jsonl").write_text(f'{bad}\n{worse}\n{{"thought_content": "good"}}\n', encoding="utf-8")
    result = run("import", "in.jsonl", "-d", "new.db", "--quarantine", "bad.jsonl")
    assert result.exit_code == 0, result.output
    lines = Path("bad.jsonl").read_text(encoding="utf-8").splitlines()
    assert [line.split('"line":')[1].split(",")[0].strip() for line in lines] == ["1", "2"]
    with thoughtsearch.open("new.db") as store:
        assert [thought.thought_content for thought in store.export()] == ["good"]
