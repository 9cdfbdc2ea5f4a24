"""The jobs on whole databases, called from Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import thoughtsearch
from tests.postgres.server import for_test, fresh_database, in_use
from tests.sqlite import shapes
from tests.test_public import loaded
from thoughtsearch import DatabaseUnavailable, InputError, LeftOut
from thoughtsearch.cli.group import root

TEXTS = ("WAL mode fixed the lock", "The database is locked", "A busy timeout of 30 seconds")
JOBS = ("backfill", "backfill_embeddings", "doctor")


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = str(tmp_path / "thoughts.db")
    with thoughtsearch.open(path) as store:
        store.add_many([{"thought_content": text, "ai_id": 3} for text in TEXTS])
    return path


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "thoughts.jsonl"
    path.write_text("".join(json.dumps({"thought_content": text}) + "\n" for text in TEXTS), encoding="utf-8")
    return path


def test_an_import_stores_each_thought_once(tmp_path: Path, lines: Path) -> None:
    path = tmp_path / "new.db"
    report = thoughtsearch.import_files(lines, path)
    assert (report.stored, report.known, report.unchanged, report.left_out) == (3, 0, 0, 0)
    assert report.by_source == {"jsonl": 3}
    assert thoughtsearch.import_files([lines], path).unchanged == 1
    again = thoughtsearch.import_files([str(tmp_path)], path, again=True)  # the database is in the same folder
    assert again.stored == 3
    with thoughtsearch.open(path, read_only=True) as store:
        assert store.search("lock", total=True).total == 4


def test_an_import_goes_on_where_the_command_line_ended(tmp_path: Path, lines: Path) -> None:
    path = str(tmp_path / "new.db")
    assert CliRunner().invoke(root, ["import", str(lines), "-d", path]).exit_code == 0
    assert thoughtsearch.import_files(lines, path).unchanged == 1


def test_an_import_says_what_it_left_out(tmp_path: Path, lines: Path) -> None:
    with lines.open("a", encoding="utf-8") as file:
        file.write('{"thought_content": 5}\n')
    path = tmp_path / "new.db"
    report = thoughtsearch.import_files(lines, path)
    assert (report.stored, report.left_out) == (3, 1)
    ((file_, line, reason),) = report.first_left_out
    assert (file_, line) == (str(lines), 4)
    assert "thought_content" in reason
    assert isinstance(report.first_left_out[0], LeftOut)
    with pytest.raises(InputError, match="line 4"):
        thoughtsearch.import_files(lines, tmp_path / "other.db", strict=True)


def test_an_import_maps_fields(tmp_path: Path) -> None:
    notes = tmp_path / "notes.csv"
    notes.write_text("text,kind,more\nWAL mode fixed the lock,insight,1\n", encoding="utf-8")
    path = tmp_path / "new.db"
    fields = {"thought_content": "text", "thought_type": "kind"}
    thoughtsearch.import_files(notes, path, fields=fields, constants={"ai_id": "3"}, rest="metadata")
    with thoughtsearch.open(path, read_only=True) as store:
        (hit,) = store.search("lock")
        assert (hit.thought.ai_id, hit.thought.thought_type, hit.thought.metadata["more"]) == (3, "insight", "1")


def test_an_import_takes_the_rows_of_a_table(tmp_path: Path, database: str) -> None:
    path = tmp_path / "new.db"
    report = thoughtsearch.import_files(database, path, table="ai_thought_history", rest="drop")
    assert report.by_source == {"table": 3}


def test_an_import_never_reads_what_it_writes_to(database: str) -> None:
    for table in (None, "ai_thought_history"):
        with pytest.raises(InputError, match="belongs to the database"):
            thoughtsearch.import_files(database, database, table=table)


@pytest.mark.parametrize(
    ("paths", "options"),
    [
        (5, {}),
        ([b"x"], {}),
        ("missing.jsonl", {}),
        ("x", {"rest": "keep"}),
        ("x", {"source": "nothing"}),
        ("x", {"strict": 1}),
        ("x", {"fields": {"nothing": "x"}}),
    ],
)
def test_an_import_refuses_wrong_arguments_and_makes_no_database(tmp_path: Path, paths: Any, options: Any) -> None:
    with pytest.raises(InputError):
        thoughtsearch.import_files(paths, tmp_path / "new.db", **options)
    assert not (tmp_path / "new.db").exists()


def test_a_transfer_to_postgresql_is_equal(database: str) -> None:
    with fresh_database(for_test(in_use()[0])) as url:
        report = thoughtsearch.transfer(database, url)
        assert report.equal
        assert report.copied is not None
        assert report.copied.stored == 3
        assert thoughtsearch.transfer(database, url, verify_only=True).equal
        with thoughtsearch.open(url, read_only=True) as store:
            assert [hit.thought.thought_content for hit in store.search('"WAL mode"')] == [TEXTS[0]]


def test_a_transfer_to_another_file_is_equal(tmp_path: Path, database: str) -> None:
    target = tmp_path / "copy.db"
    assert thoughtsearch.transfer(database, target).equal
    with thoughtsearch.open(target) as store:
        store.add("one more")
    assert not thoughtsearch.transfer(database, target, verify_only=True).equal


@pytest.mark.parametrize(
    "options", [{"batch": 0}, {"new_ids": 1}, {"new_ids": True, "verify_only": True}, {"timeout": "x"}]
)
def test_a_transfer_refuses_wrong_arguments(tmp_path: Path, database: str, options: Any) -> None:
    with pytest.raises(InputError):
        thoughtsearch.transfer(database, tmp_path / "copy.db", **options)
    assert not (tmp_path / "copy.db").exists()


def test_a_backfill_indexes_a_table_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "brain.db"
    shapes.make(path, shapes.A)
    done = thoughtsearch.backfill(path)
    assert done.rows == done.thoughts > 0
    assert thoughtsearch.backfill(path).rows == 0
    with pytest.raises(InputError, match="throttle"):
        thoughtsearch.backfill(path, throttle=100)


def test_a_backfill_embeds_what_has_no_vector(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THOUGHTSEARCH_EMBEDDER", raising=False)
    with pytest.raises(InputError, match="embedder="):
        thoughtsearch.backfill_embeddings(database)
    assert thoughtsearch.backfill_embeddings(database, embedder="hashing:32", batch=2).embedded == 3
    assert thoughtsearch.backfill_embeddings(database).embedded == 0  # the database says which model
    with thoughtsearch.open(database, read_only=True) as store:
        assert store.search("lock", mode="semantic").mode_used == "semantic"


def test_a_doctor_reports_and_repairs(database: str) -> None:
    report = thoughtsearch.doctor(database)
    assert report.healthy
    assert not report.full
    assert {finding.level for finding in report.findings} <= {"ok", "note"}
    assert thoughtsearch.doctor(database, repair=True, full=True).full


@pytest.mark.parametrize("job", JOBS)
def test_a_job_on_what_is_there_makes_no_database(tmp_path: Path, job: str) -> None:
    path = tmp_path / "missing.db"
    with pytest.raises(DatabaseUnavailable, match="There is no database"):
        getattr(thoughtsearch, job)(path)
    assert not path.exists()


def test_a_transfer_of_what_is_not_there_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="There is no database"):
        thoughtsearch.transfer(tmp_path / "missing.db", tmp_path / "copy.db")
    assert not list(tmp_path.iterdir())


def test_jobs_are_loaded_when_they_are_used() -> None:
    assert "thoughtsearch.maintenance" not in loaded("import thoughtsearch")
    unwanted = {"asyncio", "psycopg", "pgvector", "numpy", "click", "thoughtsearch.operations.imports"}
    assert not loaded("import thoughtsearch") & unwanted
