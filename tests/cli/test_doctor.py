from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import thoughtsearch
from tests.sqlite.tools import plain

from .conftest import Run

WELL = """\
  ok         file: SQLite {}, {} MB, its pages are in order
  ok         schema: every table, view, trigger and index is there and is ours
  ok         journal: WAL: readers and a writer do not wait for each other
  ok         analysis: version 1, this one's
  ok         thoughts: 93 thoughts, all of them indexed
  ok         index: holds the words of every thought, and no others
  ok         tags: as the thoughts have them
  ok         statistics: the planner has none, and needs none
All is well.
"""


def test_a_database_that_is_well(run: Run, samples: Path) -> None:
    result = run("doctor")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == WELL.format(sqlite3.sqlite_version, f"{samples.stat().st_size / 1_000_000:.1f}")


def test_damage_is_shown_with_what_to_do_and_mended(run: Run, samples: Path) -> None:
    with plain(samples) as other:
        other.execute("DROP INDEX ai_thought_history_created_utc")
        other.execute("DELETE FROM ai_thought_tag WHERE thought_id = 1")
    result = run("doctor")
    assert result.exit_code == 1
    assert "  FOUND      schema: missing, or replaced by others: ai_thought_history_created_utc\n" in result.stdout
    assert "             → thoughtsearch doctor --repair makes them anew\n" in result.stdout
    unseen = "journal, analysis, thoughts, index, tags, statistics"
    assert f"  UNKNOWN    {unseen}: not looked at while the schema is not whole\n" in result.stdout
    assert result.stdout.endswith("Not all is well: see above.\n")
    result = run("doctor", "--repair")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "  mended     made anew: ai_thought_history_created_utc\n  mended     put the tags of 1 thought right\n  ok "
    )
    assert run("doctor", "--repair").stdout == run("doctor").stdout


def test_json(run: Run, samples: Path) -> None:
    with plain(samples) as other:
        other.execute("DELETE FROM ai_thought_tag WHERE thought_id = 1")
    result = run("doctor", "--json", "--full")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (report["engine"], report["healthy"], report["full"], report["done"], report["failed"]) == (
        "sqlite",
        False,
        True,
        [],
        [],
    )
    (finding,) = (check for check in report["checks"] if check["level"] == "finding")
    assert finding == {
        "check": "tags",
        "level": "finding",
        "message": "3 tags of thoughts can't be found, and 0 tags are no thought's",
        "remedy": "thoughtsearch doctor --repair puts them right",
        "repair": "tags",
    }
    result = run("doctor", "--json", "--repair")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["healthy"], report["done"]) == (0, True, ["put the tags of 1 thought right"])


def test_what_is_not_there_is_not_made(run: Run, tmp_path: Path) -> None:
    for command in (["doctor", "-d", "none.db"], ["doctor", "--repair", "-d", "none.db"]):
        result = run(*command)
        assert result.exit_code == 3
        assert "There is no database at none.db" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_what_can_not_be_mended_is_said(run: Run, samples: Path) -> None:
    with plain(samples) as other:
        other.execute("INSERT INTO thoughtsearch_migration (version, name) VALUES (999, 'later')")
    for command in (["doctor"], ["doctor", "--repair"]):
        result = run(*command)
        assert result.exit_code == 1
        assert "  FOUND      schema: This database was made by a newer thoughtsearch" in result.stdout


def test_a_repair_that_is_killed_is_ended_by_the_next(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "thoughts.db"
    with thoughtsearch.open(path) as store:
        store.add_many({"thought_content": f"a filler of some length {n} " * 30, "tags": ["many"]} for n in range(12_000))
    with plain(path) as other:
        other.execute("DROP TRIGGER ai_thought_history_fts_update")
    process = subprocess.Popen(
        [sys.executable, "-m", "thoughtsearch", "doctor", "--repair", "-d", str(path)],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with plain(path) as other:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if other.execute("SELECT count(*) FROM thoughtsearch_state WHERE key = 'backfill' AND value > 0").fetchone()[0]:
                break
            time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    result = run("doctor", "-d", str(path))
    assert (result.exit_code, "a backfill has not come to its end" in result.stdout) in ((1, True), (0, False))
    assert run("doctor", "--repair", "-d", str(path)).exit_code == 0
    with thoughtsearch.open(path) as store:
        assert store.search("filler", total=True, limit=1).total == 12_000


@pytest.mark.parametrize("option", ["--repair", "--full"])
def test_options_do_not_disturb_a_database_that_is_well(run: Run, samples: Path, option: str) -> None:
    assert run("doctor", option).stdout == run("doctor").stdout
