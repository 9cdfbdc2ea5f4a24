"""Who may only read is told as much as who may write; what can't be mended for want of a right or a lock is said."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import thoughtsearch
from tests.doctor.patient import Patient, check_searches, findings
from tests.postgres.tools import as_role
from tests.sqlite import shapes
from tests.sqlite.tools import plain
from thoughtsearch import DatabaseLocked, DatabaseUnavailable, SchemaError
from thoughtsearch.engines.contract.statement import Statement
from thoughtsearch.engines.postgres.connection import PostgresConnection
from thoughtsearch.engines.sqlite.connection import SqliteConnection
from thoughtsearch.location import parse
from thoughtsearch.operations.backfill.job import initialise

TRIGGER = "DROP TRIGGER ai_thought_history_fts_insert"


@pytest.fixture
def reader(found: Patient) -> Iterator[Patient]:
    """The same database as `found`, for a role that may SELECT the thoughts and do nothing else."""
    role = f"doctor_{os.getpid()}"
    found.execute(f"CREATE ROLE {role} LOGIN", f"GRANT SELECT ON ai_thought_history TO {role}")
    initialise(parse(found.url))
    yield Patient("found", as_role(found.url, role))
    found.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_role_that_may_only_read_sees_what_is_wrong(found: Patient, reader: Patient) -> None:
    report = reader.examine()
    assert report.healthy, report.findings
    assert [finding.check for finding in report.findings] == [finding.check for finding in found.examine().findings]
    found.execute("DELETE FROM thoughtsearch_thought WHERE id = 1")
    (finding,) = findings(reader.examine())
    assert finding.message.startswith("1 thought is not indexed")
    report = reader.repair()
    assert not report.healthy
    (failed,) = report.failed
    assert "may not do this (permission denied for table" in failed
    assert found.repair().healthy


def test_a_role_that_may_not_read_is_told_what_could_not_be_looked_at(found: Patient, reader: Patient) -> None:
    role = reader.url.partition("//")[2].partition("@")[0]
    found.execute(f"REVOKE SELECT ON ai_thought_history, thoughtsearch_thought FROM {role}")
    report = reader.examine()
    assert not report.healthy
    unknown = [finding for finding in report.findings if finding.level == "unknown"]
    assert "thoughts" in {finding.check for finding in unknown}
    assert all("permission denied" in finding.message for finding in unknown)
    assert {finding.check for finding in report.findings if finding.level == "ok"} >= {"server", "schema", "analysis"}


def test_a_database_that_is_only_read_is_examined(own: Patient) -> None:
    (database,) = own.execute("SELECT current_database()")[0]
    own.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    report = own.examine()
    assert report.healthy
    assert any("only to be read" in finding.message for finding in report.findings)


def test_a_lock_of_another_program_is_said(found: Patient, own: Patient) -> None:
    own.execute("DROP INDEX ai_thought_history_tags")
    with psycopg.connect(found.url) as other:
        other.execute("DELETE FROM thoughtsearch_thought WHERE id = 1")
        other.commit()
        other.execute("LOCK thoughtsearch_thought")
        report = found.examine(timeout=0.2)
        assert not report.healthy
        assert any(finding.level == "unknown" and "is locked" in finding.message for finding in report.findings)
        other.rollback()
        other.execute("LOCK thoughtsearch_thought IN SHARE MODE")
        report = found.repair(timeout=0.2)
        assert not report.healthy
        assert "is locked: another program kept it" in report.failed[0]
        other.rollback()
    assert found.repair().healthy
    assert own.repair().healthy


def test_an_index_is_made_anew_while_others_write(own: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    own.execute("DROP INDEX ai_thought_history_search")
    run_alone = PostgresConnection.run_alone
    seen: list[str] = []

    def watched(self: PostgresConnection, statement: Statement) -> None:
        own.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'another lock')")
        seen.append(statement.sql)
        run_alone(self, statement)

    monkeypatch.setattr(PostgresConnection, "run_alone", watched)
    assert own.repair().healthy
    assert [sql.partition("CONCURRENTLY")[:2] for sql in seen] == [
        ("DROP INDEX ", "CONCURRENTLY"),
        ("CREATE INDEX ", "CONCURRENTLY"),
    ]
    check_searches(own.url)


def test_a_file_that_may_only_be_read_is_examined(lite: Patient) -> None:
    lite.execute(TRIGGER)
    before = Path(lite.url).read_bytes()
    assert [finding.check for finding in findings(lite.examine())] == ["schema"]
    assert Path(lite.url).read_bytes() == before


def test_a_file_in_a_folder_that_can_not_be_written_to_is_examined(lite: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    lite.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connect = SqliteConnection._connect

    def refused(self: SqliteConnection, target: str) -> sqlite3.Connection:
        if target.startswith("file:") and "immutable" not in target:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(self, target)

    monkeypatch.setattr(SqliteConnection, "_connect", refused)
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.R_OK)
    report = lite.examine()
    assert report.healthy, report.findings
    assert any(finding.check == "journal" and finding.level == "note" for finding in report.findings)


def test_a_locked_file_is_waited_for_and_then_said_to_be_locked(lite: Patient) -> None:
    lite.execute(TRIGGER)
    with plain(lite.url) as other:
        other.execute("BEGIN IMMEDIATE")
        assert [finding.check for finding in findings(lite.examine(timeout=0.1))] == ["schema"]
        report = lite.repair(timeout=0.1)
        assert not report.healthy
        assert "is locked" in report.failed[0]
    assert lite.repair().healthy


def test_examining_takes_no_lock_that_a_writer_waits_for(lite: Patient) -> None:
    with plain(lite.url) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'not committed yet')")
        assert lite.examine(timeout=0, full=True).healthy
        other.execute("COMMIT")
    assert lite.examine().healthy


@pytest.mark.parametrize(("offset", "size"), [(0.4, 0.2), (0.1, 0.9)])
def test_damaged_pages_are_said_to_be_and_left_alone(lite: Patient, offset: float, size: float) -> None:
    with thoughtsearch.open(lite.url) as store:
        store.add_many({"thought_content": f"a thought of some length {n} " * 20} for n in range(500))
    lite.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = Path(lite.url)
    content = bytearray(path.read_bytes())
    start, length = int(len(content) * offset) // 4096 * 4096, int(len(content) * size)
    content[start : start + length] = b"\x55" * len(content[start : start + length])
    path.write_bytes(content)
    for call in (lite.examine, lite.repair):
        try:
            report = call()
        except DatabaseUnavailable as error:
            assert "is damaged and not a usable SQLite database" in str(error)  # noqa: PT017  # either is an answer
            assert "recover" in str(error)  # noqa: PT017
            continue
        assert not report.healthy
        (finding, *_) = findings(report)
        assert "recover" in str(finding.remedy)
        assert report.done == ()
    assert path.read_bytes()[start : start + length] == content[start : start + length]


def test_what_is_no_database_of_thoughts_is_left_alone(tmp_path: Path, own: Patient) -> None:
    path = tmp_path / "other.db"
    with plain(path) as other:
        other.execute("CREATE TABLE notes (body)")
        before = path.read_bytes()
        for call in (Patient("sqlite", str(path)).examine, Patient("sqlite", str(path)).repair):
            with pytest.raises(SchemaError, match="holds no thoughts"):
                call()
        assert path.read_bytes() == before
    empty = own.url.replace(own.execute("SELECT current_database()")[0][0], "postgres")
    with pytest.raises(SchemaError, match="holds no thoughts"):
        Patient("own", empty).repair()
    (tmp_path / "text.db").write_text("no database, but long enough to be looked at " * 50)
    with pytest.raises(DatabaseUnavailable, match="not a usable SQLite database"):
        Patient("sqlite", str(tmp_path / "text.db")).examine()
    with pytest.raises(DatabaseUnavailable, match="can't be reached"):
        Patient("own", "postgresql://nobody@127.0.0.1:1/none").examine(timeout=0.1)


def test_a_table_that_can_not_be_adopted_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    with plain(path) as other:
        other.execute("CREATE TABLE ai_thought_history (id TEXT PRIMARY KEY, ai_id, thought_content, created_at)")
    for call in (Patient("sqlite", str(path)).examine, Patient("sqlite", str(path)).repair):
        (finding,) = findings(call())
        assert "must be its INTEGER PRIMARY KEY" in finding.message


def test_a_locked_database_that_was_never_opened_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    with plain(path) as other:
        other.execute("CREATE TABLE x (y)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseLocked):
            Patient("sqlite", str(path)).examine(timeout=0.1)


def test_a_table_that_was_never_adopted_is_left_to_init(tmp_path: Path) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.A)
    before = path.read_bytes()
    for call in (Patient("sqlite", str(path)).examine, Patient("sqlite", str(path)).repair):
        (finding,) = findings(call())
        assert (finding.check, finding.repair) == ("schema", None)
        assert finding.message == "another program made the table of thoughts, and it isn't adopted"
        assert str(finding.remedy).startswith("thoughtsearch init adopts it")
    assert path.read_bytes() == before
