"""A dry run says what a backfill will do, in the very statements, and changes nothing."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from click.testing import Result

import thoughtsearch
from tests.backfill.conftest import COUNT, MADE, Brain, Made
from tests.cli.conftest import Run, run
from thoughtsearch.engines.connect import open_engine
from thoughtsearch.location import locate
from thoughtsearch.operations.backfill.estimate import estimate
from thoughtsearch.operations.backfill.job import Backfill, initialise

__all__ = ["run"]


def dry(run: Run, brain: Brain) -> str:
    """What a dry run prints; it leaves everything as it was, byte for byte where that can be seen."""
    before = brain.objects(), brain.rows(), _bytes(brain)
    result: Result = run("backfill", "--dry-run", "-d", brain.url)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (brain.objects(), brain.rows(), _bytes(brain)) == before
    return result.stdout


def _bytes(brain: Brain) -> dict[str, bytes]:
    if brain.url.startswith("postgresql"):
        return {}
    folder = Path(brain.url).parent
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


def _run_by_a_plain_client(brain: Brain, script: str) -> None:
    if brain.url.startswith("postgresql"):
        with psycopg.connect(brain.url, autocommit=True) as connection:
            connection.execute(script.encode())
    else:
        with closing(sqlite3.connect(brain.url, isolation_level=None)) as file:
            file.executescript(script)


def test_what_is_printed_makes_of_the_table_what_a_backfill_makes_of_it(made: Made, run: Run) -> None:
    with made() as printed, made() as done:
        for brain in (printed, done):
            brain.execute("INSERT INTO ai_profiles (id, name) SELECT 1, 'Ada' WHERE NOT EXISTS (SELECT 1 FROM ai_profiles)")
            brain.fill(COUNT)
        _run_by_a_plain_client(printed, dry(run, printed))
        initialise(locate(done.url))
        assert printed.objects() == done.objects()
        engine = open_engine(locate(printed.url), timeout=5)
        found = engine.find()
        engine.connection.close()
        assert found.ready
        assert Backfill(locate(printed.url)).run().rows == COUNT
        with thoughtsearch.open(printed.url) as store:
            assert [hit.id for hit in store.search(f"w{COUNT}")] == [COUNT]


def test_it_names_rows_time_disk_and_locks(brain: Brain, run: Run) -> None:
    said = dry(run, brain)
    assert f"{COUNT:,} thoughts, 0 of them indexed. Nothing was changed." in said
    assert f"index {COUNT:,} thoughts in batches of about 0." in said
    assert re.search(r"about [0-9.]+ s and [0-9.]+ MB of disk,", said)
    assert re.search(r"(on|indexing) [0-9,]{3,5} of them, spread over the table", said)
    if brain.url.startswith("postgresql"):
        assert "SHARE ROW EXCLUSIVE on ai_thought_history: writers wait, readers do not" in said
        assert "SET LOCAL lock_timeout = 500;" in said
        assert "ACCESS EXCLUSIVE" not in said
    else:
        assert said.count("locks the file, until COMMIT: other writers wait, readers do not\nBEGIN IMMEDIATE;") == 4


def test_a_half_done_and_a_finished_backfill(brain: Brain, run: Run) -> None:
    initialise(locate(brain.url))
    engine = open_engine(locate(brain.url), timeout=5)
    done = 0
    while done < 100:
        done += engine.next_batch(50_000) or 0
    engine.connection.close()
    said = dry(run, brain)
    assert f"{COUNT:,} thoughts, {done:,} of them indexed." in said
    assert f"1. index {COUNT - done:,} thoughts" in said
    assert "BEGIN" not in said
    Backfill(locate(brain.url)).run()
    assert dry(run, brain).endswith(
        f": {COUNT:,} thoughts, {COUNT:,} of them indexed. Nothing was changed.\n-- There is nothing to do.\n"
    )


def test_an_empty_table(empty: Brain, run: Run) -> None:
    said = dry(run, empty)
    assert "0 thoughts, 0 of them indexed. Nothing was changed." in said
    assert "CREATE TRIGGER" in said
    assert " of disk" not in said


def test_where_there_is_no_table_it_says_what_init_would_make(made: Made, run: Run) -> None:
    with made() as brain:
        before = len(brain.objects())
        brain.execute("DROP TABLE ai_thought_history")
        result = run("backfill", "--dry-run", "-d", brain.url)
        assert result.exit_code == 0
        assert "has no table ai_thought_history, so there is nothing to index. Nothing was changed." in result.stdout
        assert "CREATE TABLE" in result.stdout
        refused = run("backfill", "-d", brain.url)
        assert refused.exit_code == 3
        assert "This database holds no thoughts: it has no table ai_thought_history." in refused.stderr
        assert not _holds(brain, "thoughtsearch_migration")
        assert before
        _run_by_a_plain_client(brain, result.stdout)
        with thoughtsearch.open(brain.url) as store:
            assert store.add("made by hand") == 1
            assert len(store.search("hands")) == 1


def _holds(brain: Brain, table: str) -> bool:
    try:
        brain.execute(f"SELECT count(*) FROM {table}")
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
        return False
    return True


def test_a_table_that_can_not_be_adopted_is_refused_as_by_a_backfill(made: Made, run: Run) -> None:
    with made() as brain:
        brain.execute("DROP TABLE ai_thought_history")
        brain.execute(
            "CREATE TABLE ai_thought_history (id INTEGER, ai_id INTEGER, thought_content TEXT, created_at TIMESTAMP)"
        )
        for arguments in (["--dry-run"], []):
            result = run("backfill", *arguments, "-d", brain.url)
            assert result.exit_code == 3
            assert "The column id of ai_thought_history" in result.stderr
            assert not _holds(brain, "thoughtsearch_migration")


@pytest.mark.parametrize("name", [name for name in MADE if name != "sqlite"])
def test_it_needs_no_more_than_a_session_that_may_only_read(name: str) -> None:
    with MADE[name]() as brain:
        brain.execute("INSERT INTO ai_profiles (id, name) SELECT 2, 'Grace'")
        brain.fill(COUNT)
        sign = "&" if urlsplit(brain.url).query else "?"
        seen: Any = estimate(locate(f"{brain.url}{sign}options=-c%20default_transaction_read_only%3Don"))
        assert (seen.rows, seen.pending) == (COUNT, COUNT)
        assert seen.sample.rows > 100
        assert seen.seconds > 0
        assert seen.size > 100_000
