"""A backfill beside others: interrupted anywhere, twice at once, verified at the end, changing no row."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.backfill.conftest import COUNT, INSERT, Brain
from thoughtsearch import DatabaseError
from thoughtsearch.engines.connect import open_engine
from thoughtsearch.location import locate
from thoughtsearch.operations.backfill.job import Backfill, initialise

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "thoughtsearch", "backfill", "-d"]


def start(brain: Brain, *options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*COMMAND, brain.url, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def indexed(brain: Brain) -> int:
    table = "thoughtsearch_thought" if brain.url.startswith("postgresql") else "ai_thought_history_fts_docsize"
    try:
        brain.execute("SELECT version FROM thoughtsearch_migration")  # until then the table of that name is CloudBrain's
        return int(brain.execute(f"SELECT count(*) FROM {table}")[0][0])
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
        return 0


def all_found(brain: Brain) -> bool:
    """Whether each row is found by a word that it alone has, of those with one."""
    with thoughtsearch.open(brain.url) as store:
        words = {row[0]: row[1].split()[-1] for row in brain.execute("SELECT id, thought_content FROM ai_thought_history")}
        sampled = random.Random(1).sample(sorted(words), 200)
        whole = store.search(total=True).total == len(words) == store.search("thought", total=True).total
        return whole and all([hit.id for hit in store.search(words[ident])] == [ident] for ident in sampled)


def test_killed_again_and_again_while_another_writes(brain: Brain) -> None:
    before = brain.rows()
    chance = random.Random(3)
    written: list[str] = []

    def write() -> None:
        written.append(f"live thought x{len(written)}y")
        brain.execute(INSERT, 1, 1, len(written), written[-1], "insight", "live")

    # Once at any moment of the adoption, then when some more rows are indexed.
    for wanted in (-1.0, *(COUNT * share for share in (0.05, 0.2, 0.4, 0.6))):
        process = start(brain)
        time.sleep(chance.uniform(0.3, 0.6) if wanted < 0 else 0)
        while process.poll() is None and indexed(brain) < wanted:
            write()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        write()
    process = start(brain)
    said, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (0, "")
    assert "Verified: all" in said
    assert brain.rows()[: len(before)] == before
    assert [row[4] for row in brain.rows()[len(before) :]] == written
    assert all_found(brain)


def test_two_at_once_share_the_work(brain: Brain) -> None:
    both = [start(brain), start(brain)]
    for process in both:
        said, error = process.communicate(timeout=120)
        assert (process.returncode, error) == (0, ""), said
    assert all_found(brain)


def test_interrupted_it_says_how_far_it_came(brain: Brain) -> None:
    process = start(brain, "--throttle", "80")
    while process.poll() is None and indexed(brain) < 500:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "thoughts before this; thoughtsearch backfill goes on." in said
    assert "Traceback" not in said


def test_it_rests_after_each_batch(brain: Brain) -> None:
    rests: list[float] = []
    job = Backfill(locate(brain.url), throttle=50, sleep=rests.append)
    done = job.run()
    assert (done.rows, done.thoughts, job.indexed) == (COUNT, COUNT, COUNT)
    assert len(rests) >= 3
    assert all(rest > 0 for rest in rests)
    assert Backfill(locate(brain.url)).run().rows == 0


def test_it_tells_how_far_it_is(brain: Brain) -> None:
    seen: list[int] = []

    class Bar:
        def __init__(self, label: str, length: int) -> None:
            assert (label, length) == ("Indexing", COUNT)

        def __enter__(self) -> Any:
            return seen.append

        def __exit__(self, *error: object) -> None:
            pass

    Backfill(locate(brain.url), bar=Bar).run()
    assert seen == sorted(seen)
    assert seen[-1] == COUNT


def test_a_row_that_was_written_past_the_triggers_is_found_by_the_verification(brain: Brain) -> None:
    Backfill(locate(brain.url)).run()
    if brain.url.startswith("postgresql"):
        brain.execute("ALTER TABLE ai_thought_history DISABLE TRIGGER thoughtsearch_follow")
        brain.execute(INSERT, 1, 1, 1, "unseen thought", None, "")
        brain.execute("ALTER TABLE ai_thought_history ENABLE ALWAYS TRIGGER thoughtsearch_follow")
    else:
        ((sql,),) = brain.execute("SELECT sql FROM sqlite_master WHERE name = 'ai_thought_history_fts_insert'")
        brain.execute("DROP TRIGGER ai_thought_history_fts_insert")
        brain.execute(INSERT, 1, 1, 1, "unseen thought", None, "")
        brain.execute(sql)
    done = Backfill(locate(brain.url)).run()
    assert done.thoughts == COUNT + 1
    with thoughtsearch.open(brain.url) as store:
        assert [hit.id for hit in store.search("unseen")] == [COUNT + 1]


#: Another program's trigger on a table of ours, that writes to the thoughts.
MEDDLERS = {
    "sqlite": "CREATE TRIGGER meddler AFTER INSERT ON ai_thought_tag BEGIN "
    "UPDATE ai_thought_history SET metadata = 'meddled' WHERE id = new.thought_id; END",
    "postgresql": "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE ai_thought_history "
    "SET metadata = 'meddled' WHERE id = NEW.id AND metadata IS NULL; RETURN NULL; END $$; "
    "CREATE TRIGGER meddler AFTER INSERT ON thoughtsearch_thought FOR EACH ROW EXECUTE FUNCTION meddle()",
}


def test_a_batch_that_changes_a_row_is_taken_back(brain: Brain) -> None:
    initialise(locate(brain.url))
    before = brain.rows()
    brain.execute(MEDDLERS[locate(brain.url).engine])
    with pytest.raises(DatabaseError, match=r"changed some of them, which thoughtsearch never does.* was taken back"):
        Backfill(locate(brain.url)).run()
    assert brain.rows() == before
    assert indexed(brain) == 0
    brain.execute("DROP TRIGGER meddler" + " ON thoughtsearch_thought" * brain.url.startswith("postgresql"))
    assert Backfill(locate(brain.url)).run().rows == COUNT
    assert brain.rows() == before


def test_what_others_change_meanwhile_is_no_reason_to_stop(brain: Brain) -> None:
    initialise(locate(brain.url))
    engine = open_engine(locate(brain.url), timeout=5)
    ident = 0
    while engine.next_batch(100_000) is not None:
        ident += 400
        brain.execute("UPDATE ai_thought_history SET thought_content = 'renewed thought' WHERE id IN (?, ?)", ident, COUNT)
        brain.execute("DELETE FROM ai_thought_history WHERE id = ?", ident + 1)
    engine.connection.close()
    done = Backfill(locate(brain.url)).run()
    with thoughtsearch.open(brain.url) as store:
        assert store.search("thought", total=True).total == done.thoughts < COUNT
        renewed = brain.execute("SELECT count(*) FROM ai_thought_history WHERE thought_content = 'renewed thought'")
        assert store.search("renewed", total=True).total == renewed[0][0] > 2


def test_a_batch_holds_one_row_at_least(empty: Brain) -> None:
    empty.execute("INSERT INTO ai_profiles (id, name) SELECT 1, 'Ada' WHERE NOT EXISTS (SELECT 1 FROM ai_profiles)")
    for size in (1, 100_000, 1):
        empty.execute(INSERT, 1, 1, 1, "a thought that is" + " long" * size, None, "a,b")
    initialise(locate(empty.url))
    engine = open_engine(locate(empty.url), timeout=5)
    counts = []
    while (count := engine.next_batch(500)) is not None:
        counts.append(count)
    engine.connection.close()
    assert counts == [1, 1, 1]
    with thoughtsearch.open(empty.url) as store:
        assert len(store.search("long", tags=["b"])) == 3
