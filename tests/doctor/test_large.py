"""Large tables, where some thoughts stand for all; and statistics, pending lists and dead rows, which grow with them."""

from __future__ import annotations

import pytest

from tests.doctor.patient import Patient, check_searches, findings
from thoughtsearch.engines.postgres import statistics as postgres_counts
from thoughtsearch.engines.postgres.checks import indexes as postgres_indexes
from thoughtsearch.engines.postgres.checks import thoughts as postgres_thoughts
from thoughtsearch.engines.postgres.checks import upkeep as postgres_upkeep
from thoughtsearch.engines.sqlite.checks import index as sqlite_index
from thoughtsearch.engines.sqlite.schema import _own_objects

FILLERS = "INSERT INTO ai_thought_history (ai_id, thought_content) SELECT 1, 'filler ' || n FROM generate_series(1, {}) n"
MANY_WORDS = (
    "INSERT INTO ai_thought_history (ai_id, thought_content) SELECT 1, "
    "(SELECT string_agg('filler' || n * {} + m, ' ') FROM generate_series(1, 60) m) FROM generate_series(1, 1000) n"
)
SQLITE_FILLERS = (
    "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {}) "
    "INSERT INTO ai_thought_history (ai_id, thought_content, tags) SELECT 1, 'filler of some length ' || n, 'many' FROM n"
)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table is one."""
    monkeypatch.setattr(sqlite_index, "THOROUGH", -1)
    monkeypatch.setattr(postgres_thoughts, "THOROUGH", -1)


def test_of_a_large_table_a_part_is_looked_at_and_that_is_said(large: None, patient: Patient) -> None:
    report = patient.examine()
    assert report.healthy, findings(report)
    assert any("--full looks at every one" in finding.message for finding in report.findings)
    full = patient.examine(full=True)
    assert full.healthy
    assert not any("--full" in finding.message for finding in full.findings)


def test_what_counts_do_not_tell_is_seen_in_a_part_on_sqlite(large: None, lite: Patient) -> None:
    lite.execute(SQLITE_FILLERS.format(3_000))
    assert lite.examine().healthy
    update = "ai_thought_history_fts_update"
    lite.execute(
        f"DROP TRIGGER {update}",
        "DROP TRIGGER ai_thought_tag_update",
        "UPDATE ai_thought_history SET thought_content = 'another of some words ' || id, tags = 'late' WHERE ai_id = 1",
        "DELETE FROM ai_thought_history_replaced",
        _own_objects()[update],
        _own_objects()["ai_thought_tag_update"],
    )
    report = lite.examine()
    assert [finding.check for finding in findings(report)] == ["index", "tags"]
    assert "thoughts looked at have other words" in findings(report)[0].message
    assert lite.repair().healthy
    check_searches(lite.url)


def test_rows_beside_that_are_wrong_are_seen_in_a_part(large: None, found: Patient) -> None:
    found.execute(FILLERS.format(3_000), "UPDATE thoughtsearch_thought SET tags = '{late}' WHERE ai_id = 1")
    (finding,) = findings(found.examine())
    assert "looked at are indexed otherwise than they read" in finding.message
    report = found.repair()
    assert report.healthy
    assert report.done == ("indexed 3,000 thoughts anew",)
    check_searches(found.url)


@pytest.mark.parametrize("kind", ["own", "found"])
def test_statistics_grown_stale(kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    patient: Patient = request.getfixturevalue(kind)
    for module in (postgres_counts, postgres_upkeep):
        monkeypatch.setattr(module, "COUNTED", 200)
    assert patient.examine().healthy
    patient.execute(FILLERS.format(500))
    (finding,) = findings(patient.examine())
    assert finding.check == "statistics"
    assert "scores count 0 thoughts of 505" in finding.message
    assert "the planner takes 505 thoughts for" in finding.message
    report = patient.repair()
    assert (report.healthy, report.done) == (True, ("counted thoughts and words anew",))
    patient.execute(FILLERS.format(100))
    assert patient.examine().healthy
    patient.execute("DELETE FROM ai_thought_history WHERE ai_id = 1")
    patient.execute(FILLERS.format(5_000))
    assert [finding.check for finding in findings(patient.examine())] == ["statistics"]
    assert patient.repair().healthy
    patient.execute("DELETE FROM ai_thought_history WHERE thought_content LIKE 'filler%'")
    assert "scores count 5,0" in findings(patient.examine())[0].message  # of a handful that are left
    assert patient.repair().healthy
    check_searches(patient.url)


@pytest.mark.parametrize("kind", ["own", "found"])
def test_long_pending_lists(kind: str, request: pytest.FixtureRequest) -> None:
    patient: Patient = request.getfixturevalue(kind)
    table = "thoughtsearch_thought" if kind == "found" else "ai_thought_history"
    patient.execute(
        f"ALTER TABLE {table} SET (autovacuum_enabled = false)",
        f"ALTER INDEX {table}_search SET (gin_pending_list_limit = 100000)",
        MANY_WORDS.format(7),
    )
    (finding,) = findings(patient.examine())
    assert (finding.check, finding.repair) == ("indexes", "pending")
    assert f"{table}_search" in finding.message
    report = patient.repair()
    assert report.healthy, findings(report)
    patient.execute(MANY_WORDS.format(9))
    assert patient.examine().healthy  # the limit is back
    check_searches(patient.url)


@pytest.mark.parametrize("kind", ["own", "found"])
def test_bloat_and_dead_rows(kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    patient: Patient = request.getfixturevalue(kind)
    table = "thoughtsearch_thought" if kind == "found" else "ai_thought_history"
    monkeypatch.setattr(postgres_indexes, "BLOATED", 50_000)
    monkeypatch.setattr(postgres_upkeep, "DEAD", 1_000)
    patient.execute(
        f"ALTER TABLE {table} SET (autovacuum_enabled = false)",
        FILLERS.format(4_000),
        "DELETE FROM ai_thought_history WHERE thought_content LIKE 'filler%' AND id % 100 <> 0",
        f"ANALYZE {table}",
    )
    found = {finding.repair: finding for finding in findings(patient.examine())}
    assert set(found) == {"bloat", "vacuum"}
    assert f"{table}_" in found["bloat"].message
    assert "dead versions of rows" in found["vacuum"].message
    report = patient.repair()
    assert report.healthy, findings(report)
    check_searches(patient.url)
