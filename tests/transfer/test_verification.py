"""The comparison notices whatever differs, and says which thought it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import sqlite_world
from thoughtsearch.operations.transfer import checksums
from thoughtsearch.operations.transfer.questions import questions

from .conftest import Ends, fill, transfer

CHANGES = [
    "UPDATE ai_thought_history SET thought_content = 'other' WHERE id = 60",
    "UPDATE ai_thought_history SET ai_id = 77 WHERE id = 60",
    "UPDATE ai_thought_history SET session_id = NULL WHERE id = 60",
    "UPDATE ai_thought_history SET cycle_number = 5 WHERE id = 60",
    "UPDATE ai_thought_history SET thought_type = NULL WHERE id = 60",
    "UPDATE ai_thought_history SET tags = NULL WHERE id = 60",
    'UPDATE ai_thought_history SET metadata = \'{"step": 59, "deep": {"b": 1, "a": [0.25, null]}}\' WHERE id = 60',
    "UPDATE ai_thought_history SET created_at = '2026-01-01 10:59:00' WHERE id = 60",
    "UPDATE ai_thought_history SET created_at = NULL WHERE id = 60",
    "DELETE FROM ai_thought_history WHERE id = 60",
]


@pytest.mark.parametrize("change", CHANGES)
def test_one_change_is_found(filled: Ends, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums, "RANGE", 50)
    assert filled.transfer().equal
    filled.target.execute(change, ())
    report = filled.transfer(verify_only=True)
    assert not report.equal
    assert [(part.first, part.equal, part.examples) for part in report.ranges] == [
        (1, True, ()),
        (51, False, (60,)),
        (101, True, ()),
    ]


def test_the_same_metadata_written_otherwise_is_the_same(filled: Ends) -> None:
    filled.transfer()
    same = '{"deep": {"a": [5e-1, null], "b": 1.0}, "step": 59}'
    filled.target.execute(f"UPDATE ai_thought_history SET metadata = '{same}' WHERE id = 60", ())
    assert filled.transfer(verify_only=True).equal


def test_comparing_writes_nothing(filled: Ends) -> None:
    report = filled.transfer(verify_only=True)
    assert not report.equal
    assert (report.copied, report.target.count) == (None, 0)
    assert not list(filled.target.store.export())


def test_what_the_index_lost_shows_in_the_queries() -> None:
    with sqlite_world() as source, sqlite_world() as target:
        fill(source, 40)
        assert transfer(source, target).equal
        target.execute("INSERT INTO ai_thought_history_fts (ai_thought_history_fts) VALUES ('delete-all')", ())
        report = transfer(source, target, verify_only=True)
        assert not report.equal
        assert all(part.equal for part in report.ranges)


def test_the_queries_are_many_of_many_kinds_and_always_the_same(filled: Ends) -> None:
    sample = list(filled.source.store.export())
    asked = list(questions(sample))
    assert asked == list(questions(sample))
    assert len(asked) >= 18
    kinds: set[Any] = {name for _, options in asked for name in options}
    assert {"tags", "thought_type", "ai", "where"} <= kinds
    assert any(" " in query.strip('"') and query.startswith('"') for query, _ in asked)
    report = filled.transfer()
    assert [one.query for one in report.asked] == [query for query, _ in asked]
    assert sum(one.hits > 0 for one in report.asked) == len(report.asked)


def test_a_source_that_estimates_its_counts_is_counted(filled: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    from thoughtsearch.engines.postgres import statistics as postgres_counts

    monkeypatch.setattr(postgres_counts, "COUNTED", 20)
    filled.source.store.connection.run(filled.source.store.dialect.refresh_statistics(), write=True)
    filled.source.say(*["one word that the others have not: wal wal wal"] * 19)
    report = filled.transfer()
    assert report.equal, [asked.to_dict() for asked in report.asked if not asked.equal]
