from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.sources.transcripts import places
from thoughtsearch.cli.group import COMMANDS, root
from thoughtsearch.sql import data

from .conftest import Run


def examples(text: str) -> list[str]:
    _, mark, block = text.partition("\nExample:\n")
    assert mark, text
    lines = block.splitlines()
    assert lines
    assert all(line.startswith("  $ thoughtsearch ") for line in lines)
    return [line.removeprefix("  $ ") for line in lines]


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_ends_with_examples_that_work(name: str, samples: Path, tmp_path: Path, run: Run) -> None:
    shown = run(*filter(None, [name, "-h"]))
    assert shown.stdout == run(*filter(None, [name, "--help"])).stdout
    (tmp_path / "thoughts.jsonl").write_bytes(data("examples/sample_thoughts.jsonl").read_bytes())
    (tmp_path / "notes.csv").write_text("text,kind,page\nThe first note.,idea,1\n", encoding="utf-8")
    places(tmp_path)
    (tmp_path / "note.txt").write_text("A note from a file.\n", encoding="utf-8")
    script = f'thoughtsearch() {{ "{sys.executable}" -m thoughtsearch "$@"; }}\nset -e\n' + "\n".join(
        examples(shown.stdout)
    )
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path), "THOUGHTSEARCH_URL": str(samples)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or name in ("export", "completion")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_names_its_database(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    if name not in ("demo", "bench", "completion", "transfer", "help"):
        assert any("--db" in parameter.opts and "-d" in parameter.opts for parameter in command.params)


def test_the_list_of_commands_loads_none_of_them() -> None:
    program = (
        "import sys; from thoughtsearch.cli.group import root\n"
        "try: root.main(['--help'], prog_name='thoughtsearch')\n"
        "except SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if '.commands.' in name), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(re.search(rf"^  {name} ", done.stdout, re.MULTILINE) for name in COMMANDS)


def test_a_query_loads_nothing_heavy(samples: Path) -> None:
    program = (
        "import sys; from thoughtsearch.cli import main\n"
        "sys.argv[1:] = ['query', 'lock']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = "asyncio csv sqlite_utils platformdirs shutil tempfile gzip hypothesis rich importlib.metadata difflib"
    heavy += " psycopg numpy logging hashlib"
    assert not set(heavy.split()) & set(done.stderr.split())
