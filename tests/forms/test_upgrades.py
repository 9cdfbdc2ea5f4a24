"""A database of each earlier form is upgraded, searched, added to and well, whatever comes to it first.

The databases are in tests/fixtures/databases/; tests/tools/make_database.py makes them.
"""

from __future__ import annotations

import gzip
import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

import thoughtsearch
from tests.forms.former import KEPT, Kept, Restored, check_searches, check_well, check_writes, enlarge, execute
from tests.postgres.server import in_use
from thoughtsearch import SchemaError
from thoughtsearch.cli.group import root
from thoughtsearch.location import parse
from thoughtsearch.operations.backfill.job import Backfill
from thoughtsearch.operations.doctor import Doctor

DATABASES = [pytest.param(kept, id=f"{kept.name}-{kept.version}") for kept in KEPT]
# Those that differ in what keeps or makes the index.
_DIFFERING = ("c2f7c49", "fbe4daf", "9320637", "9c84868", "3663ab8")
LARGE = [one for one, kept in zip(DATABASES, KEPT, strict=True) if kept.name.endswith(_DIFFERING)]


def initialised(url: str) -> str:
    result = CliRunner().invoke(root, ["init", "-d", url], prog_name="thoughtsearch")
    assert result.exit_code == 0, result.output
    return result.output


def test_there_are_databases_of_six_commits_of_each_engine_and_of_adopted_tables() -> None:
    for version in (None, in_use()[0]):
        kept = [one.is_found for one in KEPT if one.version == version]
        assert kept.count(False) >= 6
        assert kept.count(True) >= 4


def test_they_tell_nothing_of_the_machine_that_made_them() -> None:
    for path, _ in KEPT:
        content = gzip.decompress(path.read_bytes())
        assert not re.search(rb"/(tmp|home|root|work|var|usr|dev)/", content), path
        assert socket.gethostname().encode() not in content, path
        assert path.stat().st_size < 20_000, path


@pytest.mark.parametrize("kept", DATABASES)
def test_opening_it_is_enough(kept: Kept, restored: Restored, tmp_path: Path) -> None:
    url = restored(kept)
    check_searches(url, tmp_path)
    check_writes(url)
    check_well(url)


@pytest.mark.parametrize("kept", DATABASES)
def test_init_is_enough(kept: Kept, restored: Restored) -> None:
    url = restored(kept)
    initialised(url)
    check_well(url)
    assert "is ready: " in initialised(url)


@pytest.mark.parametrize("kept", DATABASES)
def test_a_repair_is_enough(kept: Kept, restored: Restored, tmp_path: Path) -> None:
    url = restored(kept)
    report = Doctor(parse(url)).repair()
    assert (report.healthy, report.failed) == (True, ())
    check_searches(url, tmp_path)


@pytest.mark.parametrize("kept", LARGE)
def test_a_large_one_answers_when_it_is_opened_and_goes_on_answering(kept: Kept, restored: Restored) -> None:
    url = restored(kept)
    enlarge(url)
    for _ in range(2):
        with thoughtsearch.open(url) as store:
            assert len(store.search("lock")) >= 4
            assert len(store.search('"filler 77"')) == 1
            store.add("one more of them")
    initialised(url)
    check_well(url)
    with thoughtsearch.open(url) as store:
        assert store.search("lock").warnings == ()


@pytest.mark.parametrize("kept", LARGE)
def test_a_large_one_may_be_backfilled_first(kept: Kept, restored: Restored) -> None:
    url = restored(kept)
    enlarge(url)
    Backfill(parse(url)).run()
    initialised(url)
    check_well(url)


@pytest.mark.parametrize("kept", [DATABASES[0], DATABASES[-1]])
def test_a_newer_versions_is_refused_and_stays_as_it_is(kept: Kept, restored: Restored) -> None:
    url = restored(kept)
    thoughtsearch.open(url).close()
    execute(url, "INSERT INTO thoughtsearch_migration (version, name) VALUES (99, 'of a later version')")
    for read_only in (False, True):
        with pytest.raises(SchemaError, match=r"made by a newer thoughtsearch \(schema 99"):
            thoughtsearch.open(url, read_only=read_only)
    result = CliRunner().invoke(root, ["init", "-d", url], prog_name="thoughtsearch")
    assert result.exit_code == 3
    assert "upgrade thoughtsearch" in result.output
