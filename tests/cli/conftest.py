from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import thoughtsearch
from thoughtsearch.cli.group import root
from thoughtsearch.sources.files import opened
from thoughtsearch.sources.jsonl import READER
from thoughtsearch.sources.loading import Loading
from thoughtsearch.sql import data

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No database of the user's, no settings of the terminal's; files go to a folder of the test's own."""
    for name in list(os.environ):
        if name.startswith(("THOUGHTSEARCH_", "DATABASE_", "POSTGRES_")) or name in ("NO_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run() -> Run:
    """The command line in this process: `run("query", "lock")`."""

    def call(*args: str, input: str | bytes | None = None, **extra: bool) -> Result:  # noqa: A002
        result = CliRunner().invoke(root, args, input=input, prog_name="thoughtsearch", **extra)  # type: ignore[arg-type]
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture(scope="session")
def sample_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("samples") / "thoughts.db"
    with thoughtsearch.open(path) as store, opened(str(data("examples/sample_thoughts.jsonl"))) as reading:
        Loading(store).run(READER, reading)
    return path.read_bytes()


@pytest.fixture
def samples(sample_bytes: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of the sample thoughts, which commands find by THOUGHTSEARCH_URL."""
    path = tmp_path / "samples.db"
    path.write_bytes(sample_bytes)
    monkeypatch.setenv("THOUGHTSEARCH_URL", str(path))
    return path
