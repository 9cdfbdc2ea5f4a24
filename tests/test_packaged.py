"""As a zip file: the SQL and the samples are read from inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

import thoughtsearch

PACKAGE = Path(thoughtsearch.__file__).parent
ROOT = PACKAGE.parent


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as its wheel lays it out, in a .pyz; what it needs is on sys.path."""
    folder = tmp_path_factory.mktemp("zipapp")
    package = folder / "app" / "thoughtsearch"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "sql", package / "_data" / "sql")
    (package / "_data" / "examples").mkdir()
    shutil.copy(ROOT / "examples" / "sample_thoughts.jsonl", package / "_data" / "examples")
    (folder / "app" / "__main__.py").write_text("from thoughtsearch.cli import main\nmain()\n", encoding="utf-8")
    zipapp.create_archive(folder / "app", folder / "thoughtsearch.pyz")
    return folder / "thoughtsearch.pyz"


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "stored by a zip file", "-d", "new.db"],
        ["demo"],
        ["init", "--sql", "-d", "postgresql://localhost/x"],
        ["bench", "--count", "20", "--seconds", "0.01"],
        ["doctor", "-d", "new.db"],
    ],
)
def test_a_zip_file_runs(zipped: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, zipped, *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=zipped.parent,
        env={**os.environ, "TMPDIR": str(zipped.parent)},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_it_is_the_zip_file_that_ran(zipped: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(zipped)!r}); import thoughtsearch; print(thoughtsearch.__file__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ".pyz" in done.stdout
