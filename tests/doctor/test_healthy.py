"""Where nothing is wrong, nothing is found."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

import thoughtsearch
from tests.doctor.patient import Patient, findings
from tests.postgres.server import for_test, fresh_database, in_use
from tests.postgres.test_adoption import CLOUDBRAIN
from tests.sqlite import shapes
from tests.sqlite.test_index_upkeep import COLUMNS, ROWS, WRITES
from tests.sqlite.tools import plain
from thoughtsearch.location import parse
from thoughtsearch.operations.backfill.job import Backfill, initialise

#: What other programs do to a found table.
CHANGES = (
    "UPDATE ai_thought_history SET id = id + 100, tags = 'late, ,late'",
    "UPDATE ai_thought_history SET metadata = 'no JSON', thought_type = NULL, created_at = NULL",
    "DELETE FROM ai_thought_history WHERE ai_id = 3",
    "TRUNCATE ai_thought_history",
)


def check(url: str, *, full: bool = False) -> None:
    report = Patient("", url).examine(full=full)
    assert report.healthy, findings(report)
    assert {finding.level for finding in report.findings} <= {"ok", "note"}


def test_an_empty_database_is_well(tmp_path: Path) -> None:
    path = tmp_path / "thoughts.db"
    thoughtsearch.open(path).close()
    check(str(path))


def test_a_database_is_well_and_repairing_it_changes_nothing(patient: Patient) -> None:
    check(patient.url)
    check(patient.url, full=True)
    before = patient.thoughts
    report = patient.repair()
    assert (report.healthy, report.done, report.failed) == (True, (), ())
    assert patient.thoughts == before
    patient.execute("DELETE FROM ai_thought_history")
    check(patient.url)


@pytest.mark.parametrize("writes", WRITES)
def test_what_other_programs_write_is_no_damage_on_sqlite(tmp_path: Path, writes: str) -> None:
    path = tmp_path / "thoughts.db"
    thoughtsearch.open(path).close()
    with plain(path) as writer:
        writer.executemany(f"INSERT INTO {COLUMNS} VALUES (?, ?, ?, ?, ?)", ROWS)
        writer.executescript(WRITES[writes])
    check(str(path))


def test_what_other_programs_write_is_no_damage_on_postgresql(found: Patient) -> None:
    for change in CHANGES:
        found.execute(change)
        check(found.url)


def test_characters_of_all_kinds_are_no_damage(patient: Patient) -> None:
    with thoughtsearch.open(patient.url) as store:
        for text in ("🚀", "\x00a", '"quoted" \\ %', "検索 " * 50, "x" * 70_000, "e\u0301\u0327 İ ß", "a" * 5_000 + " b"):
            store.add(text, tags=[text[:9]])
    check(patient.url, full=True)


@pytest.mark.parametrize("shape", shapes.CLOUDBRAIN)
def test_cloudbrains_tables_are_well_when_adopted_on_sqlite(tmp_path: Path, shape: str) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.A, then=shapes.CLOUDBRAIN[shape])
    thoughtsearch.open(path, adopt=True).close()
    check(str(path))


@pytest.mark.parametrize("name", [*shapes.LEFTOVERS, *shapes.LACKING])
def test_stranger_tables_are_well_when_adopted(tmp_path: Path, name: str) -> None:
    path = tmp_path / "brain.db"
    if name in shapes.LEFTOVERS:
        # Without the triggers of another index: these may make every INSERT fail.
        shapes.make(path, shapes.PROFILES + shapes.TABLE, then=shapes.LEFTOVERS[name])
    else:
        with plain(path) as other:
            other.executescript(f"CREATE TABLE ai_thought_history ({shapes.LACKING[name]})")
    thoughtsearch.open(path, adopt=True).close()
    check(str(path))


@pytest.mark.usefixtures("_servers")
def test_cloudbrains_table_is_well_when_adopted_on_postgresql() -> None:
    with fresh_database(for_test(in_use()[-1])) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CLOUDBRAIN)
        thoughtsearch.open(url, adopt=True).close()
        check(url, full=True)


def test_a_backfill_that_has_not_ended_is_found_and_goes_on(tmp_path: Path) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.A)
    initialise(parse(str(path)))
    _is_pending(Patient("sqlite", str(path)), len(shapes.ROWS))


@pytest.mark.usefixtures("_servers")
def test_a_backfill_that_has_not_ended_is_found_and_goes_on_on_postgresql() -> None:
    with fresh_database(for_test(in_use()[-1])) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CLOUDBRAIN)
        initialise(parse(url))
        _is_pending(Patient("found", url), 3)


def _is_pending(patient: Patient, count: int) -> None:
    (finding,) = findings(patient.examine())
    assert (finding.check, finding.repair) == ("thoughts", "backfill")
    assert finding.message == f"{count} thoughts are not indexed: a backfill has not come to its end"
    report = patient.repair()
    assert report.healthy
    assert report.done == (f"went through {count} thoughts and indexed what was not",)
    assert Backfill(parse(patient.url)).run().rows == 0
