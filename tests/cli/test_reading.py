"""show, facets, stats, demo, completion."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import Run


def test_show(samples: Path, run: Run) -> None:
    plain = run("show", "4").stdout
    assert plain.startswith("#4  2026-01-05 14:41Z  ai 1")
    assert '"files": ["scratch/lock_repro.py"]' in plain
    assert run("show", "#4").stdout == plain
    assert json.loads(run("show", "4", "--json").stdout)["id"] == 4


def test_show_around(samples: Path, run: Run) -> None:
    thoughts = json.loads(run("show", "4", "--around", "2", "--json").stdout)
    assert [thought["id"] for thought in thoughts] == [2, 3, 4, 5, 6]
    assert "→ #4 " in run("show", "4", "--around", "2").stdout


def test_show_what_is_not_there(samples: Path, run: Run) -> None:
    result = run("show", "4000")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no thought #4000" in result.stderr
    assert run("show", "four").exit_code == 2


def test_facets(samples: Path, run: Run) -> None:
    record = json.loads(run("facets", "--json").stdout)
    assert record["total"] == 93
    assert list(record["facets"]) == ["ai", "thought_type", "tags", "time"]
    human = run("facets", "sqlite", "-n", "2").stdout
    assert "Agents\n" in human
    assert re.search(r"^  sqlite +\d+  █+$", human, re.MULTILINE)
    assert "more" in human
    assert run("facets", "xyzzyplugh").exit_code == 1


def test_stats(samples: Path, run: Run) -> None:
    record = json.loads(run("stats", "--json").stdout)
    assert record["thoughts"] == record["indexed"] == 93
    assert re.search(r"^thoughts +93$", run("stats").stdout, re.MULTILINE)


def test_demo(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run("demo")
    assert result.exit_code == 0
    assert "#1 " in result.stdout
    (database,) = tmp_path.glob("thoughtsearch-demo-*/thoughts.db")
    assert f"thoughtsearch query -d {database}" in result.stdout
    assert run("query", "-d", str(database), "tag:sqlite type:insight").exit_code == 0
    assert run("demo", "xyzzyplugh").exit_code == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(run: Run, shell: str) -> None:
    assert "_THOUGHTSEARCH_COMPLETE" in run("completion", shell).stdout


def test_completion_knows_the_commands(run: Run) -> None:
    result = run("--version")
    assert result.stdout.startswith("thoughtsearch, version ")
