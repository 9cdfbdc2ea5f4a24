"""Every command and snippet of the README and of the topics of help runs and prints what they say; every example runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres.server import for_test, fresh_database, in_use
from tests.sources.transcripts import places
from tests.sqlite import shapes
from thoughtsearch.help import TOPICS, topic

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: The commands' own page is made from their help, whose examples are run with it.
PAGES = {"README": README, **{name: topic(name) for name in TOPICS if name != "commands"}}
#: What sets a machine up, and so can't run inside the tests; CI runs the second.
SET_UP = "python -m pip install"
SERVED = "postgresql://me:secret@localhost/thoughts"
#: Stands for whatever is printed there.
ANYTHING = "[…]"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command, and the lines that it is said to print."""
    for block in blocks(text, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *printed = part.splitlines()
            yield command, printed


def check_printed(expected: list[str], printed: str) -> None:
    """Each line stands there, in this order, whatever its end is cut to; ANYTHING may stand for a part of one."""
    rest = iter(printed.splitlines())
    for line in expected:
        if line != ANYTHING:
            pattern = ".*".join(map(re.escape, line.split(ANYTHING)))
            assert any(re.match(pattern, one) for one in rest), f"{line!r} is not in:\n{printed}"


class Place:
    """A folder with what the pages speak of, and a home of its own."""

    def __init__(self, folder: Path, served: str) -> None:
        self.folder = folder
        self._served = served
        # A data folder of its own: the commands use the embedded default.
        self.environment = {
            **os.environ,
            "XDG_DATA_HOME": str(folder / "data"),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "THOUGHTSEARCH_URL": "",
            "COLUMNS": "140",
        }
        (folder / "data").mkdir()
        places(folder)
        shapes.make(folder / "brain.db", shapes.A)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        words = [word.replace(SERVED, self._served) for word in shlex.split(command)]
        assert words[0] == "thoughtsearch"
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with fresh_database(for_test(in_use()[0])) as url:
        yield Place(tmp_path, url)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_does_what_it_says(page: str, place: Place) -> None:
    if page != "README":
        shutil.copy(ROOT / "examples" / "sample_thoughts.jsonl", place.folder / "thoughts.jsonl")
        place.run("thoughtsearch import thoughts.jsonl")
        place.run("thoughtsearch import thoughts.jsonl -d copy.db")
    for command, printed in commands(PAGES[page]):
        if command.startswith(SET_UP):
            continue
        done = place.run(command)
        # A filter may find nothing in sample data; nothing may fail.
        assert done.returncode in (0, 1), f"{command}: {done.stderr}"
        check_printed(printed, done.stdout)


def test_the_main_command_of_the_readme_answers(place: Place) -> None:
    ((command, printed),) = [one for one in commands(README) if " demo " in one[0]]
    done = place.run(command.partition("&& ")[2])
    assert done.returncode == 0
    check_printed(printed, done.stdout)


SNIPPETS = [(page, snippet) for page, text in PAGES.items() for snippet in blocks(text, "python")]


@pytest.mark.parametrize(("page", "snippet"), SNIPPETS)
def test_every_snippet_runs(page: str, snippet: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    assert "WAL mode fixed the lock" in done.stdout


def test_nothing_is_left_to_be_filled_in() -> None:
    for page, text in PAGES.items():
        assert not re.search(r"\b(FIGURES|TODO|TBD|XXX)\b", text), page


def test_the_readme_links_every_topic() -> None:
    assert set(re.findall(r"thoughtsearch/help/([\w-]+)\.md", README)) == set(TOPICS)


GENERATED = [path.name for path in (ROOT / "thoughtsearch" / "help").glob("*.md") if "[[[cog" in path.read_text("utf-8")]


@pytest.mark.parametrize("page", GENERATED)
def test_what_is_generated_of_a_page_is_up_to_date(page: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", f"thoughtsearch/help/{page}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"run: cog -r thoughtsearch/help/{page}"


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_every_example_runs(example: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, example, tmp_path / "example.db"], capture_output=True, encoding="utf-8", check=True
    )
    assert "found" in done.stdout or "open" in done.stdout
