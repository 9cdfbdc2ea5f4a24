"""Every command and snippet of the README, and every example, is run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres.server import for_test, fresh_database, in_use
from tests.sources.transcripts import places

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: What sets a machine up, and so can't run inside the tests; CI runs the second.
SET_UP = "$ python -m pip install"
SERVED = "postgresql://me:secret@localhost/thoughts"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def _environment(folder: Path) -> dict[str, str]:
    # A data folder of its own: the README's commands use the embedded default.
    return {**os.environ, "XDG_DATA_HOME": str(folder / "data"), "HOME": str(folder), "THOUGHTSEARCH_URL": ""}


def test_nothing_in_the_readme_is_left_to_be_filled_in() -> None:
    assert not re.search(r"\b(FIGURES|TODO|TBD|XXX)\b", README)


@pytest.fixture
def served() -> Iterator[str]:
    """The URL of an empty database, to be put where the README has one."""
    with fresh_database(for_test(in_use()[0])) as url:
        yield url


def test_every_command_of_the_readme_runs(tmp_path: Path, served: str) -> None:
    commands = [line[2:] for block in _blocks("console") for line in block.splitlines() if not line.startswith(SET_UP)]
    assert len(commands) >= 10
    (tmp_path / "data").mkdir()
    places(tmp_path)
    for command in commands:
        words = [word.replace(SERVED, served) for word in shlex.split(command)]
        assert words[0] == "thoughtsearch"
        done = subprocess.run(
            [sys.executable, "-m", "thoughtsearch", *words[1:]],
            cwd=tmp_path,
            env=_environment(tmp_path),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        # Nothing may be found by a filter on sample data; nothing may fail.
        assert done.returncode in (0, 1), f"{command}: {done.stderr}"


def test_the_main_command_of_the_readme_answers(tmp_path: Path) -> None:
    (line,) = [line for block in _blocks("console") for line in block.splitlines() if "demo" in line]
    command = shlex.split(line.partition("&& ")[2])
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tmp_path,
        env={**_environment(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "database is locked" in done.stdout


@pytest.mark.parametrize("snippet", _blocks("python"))
def test_every_snippet_of_the_readme_runs(snippet: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    assert "WAL mode fixed the lock" in done.stdout


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_every_example_runs(example: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, example, tmp_path / "example.db"], capture_output=True, encoding="utf-8", check=True
    )
    assert "found" in done.stdout or "open" in done.stdout
