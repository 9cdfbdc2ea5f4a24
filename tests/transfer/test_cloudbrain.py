"""CloudBrain's published database is moved: nothing is lost, all of it is found, and its server goes on writing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import thoughtsearch
from tests.postgres.server import for_test, fresh_database, in_use
from thoughtsearch.location import locate
from thoughtsearch.operations.transfer.job import Transfer
from thoughtsearch.operations.transfer.report import TransferReport

from . import cloudbrain

SERVERS = [f"postgresql-{version}" for version in dict.fromkeys((in_use()[0], in_use()[-1]))]


@pytest.fixture(params=["sqlite", *SERVERS])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database in which there is nothing."""
    if request.param == "sqlite":
        yield str(tmp_path / "target.db")
        return
    with fresh_database(for_test(request.param.partition("-")[2])) as url:
        yield url


@pytest.fixture(params=list(cloudbrain.FORMS))
def form(request: pytest.FixtureRequest) -> str:
    """Of CloudBrain's tables."""
    return str(request.param)


@pytest.fixture
def source(form: str, tmp_path: Path) -> str:
    """Its database, which nobody adopted."""
    return str(cloudbrain.make(tmp_path / "cloudbrain.db", form))


def move(source: str, target: str, *, verify_only: bool = False, **options: Any) -> TransferReport:
    return Transfer(locate(source), locate(target), **{"brain_state": True, **options}).run(verify_only=verify_only)


def use(url: str, form: str) -> list[int]:
    """CloudBrain's server at work; the ids that it was given."""
    with cloudbrain.server(url) as brain:
        ids = [brain.add_thought("moved into the new house", ["wal", "moved"]), brain.add_thought("no tags", [])]
        read = {row[0]: row[5] for row in brain.thoughts(3)}
        assert [read[ident] for ident in ids] == ["wal,moved", ""]
        session = brain.begin_session()
        brain.end_session(session)
        task = brain.add_task()
        brain.save_state(form)
        assert brain.active() == [(3,)]
        state = brain.send("SELECT current_task, cycle_count, brain_dump FROM ai_current_state WHERE cycle_count = 18")
        assert state == [("goes on", 18, '{"y": 2}')]
        return [*ids, session, task]


def digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_nothing_is_lost_and_its_server_goes_on(source: str, target: str, form: str, tmp_path: Path) -> None:
    before = digest(source)
    report = move(source, target)
    assert report.equal, report.to_dict()
    assert {
        one.name: (one.rows, one.in_target) for one in report.companions if not one.name.startswith("thoughtsearch")
    } == {name: (count, count) for name, count in cloudbrain.counts(form).items()}
    assert digest(source) == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("cloudbrain")) == ["cloudbrain.db"]
    # The ids go on behind those that the source had given, also where their rows are gone.
    assert use(target, form) == [9, 10, 10, 6]
    with thoughtsearch.open(target) as store:
        assert [hit.id for hit in store.search("house")] == [9]
        assert [hit.id for hit in store.search("reader")] == [1]
        assert [hit.id for hit in store.search("検索")] == [3]
        assert sorted(hit.id for hit in store.search(tags=["wal"])) == [1, 9]
        assert [hit.id for hit in store.search(where={"step": 2})] == [2]
        assert [hit.agent for hit in store.search("locked")] == ["Ada Lovelace"]
        assert store.stats()["unindexed"] == 0
    assert use(source, form) == [9, 10, 10, 6]


def test_what_its_server_wrote_there_comes_back(source: str, target: str, form: str, tmp_path: Path) -> None:
    assert move(source, target).equal
    use(target, form)
    back = str(tmp_path / "back.db")
    report = move(target, back)
    assert report.equal, report.to_dict()
    assert use(back, form) == [11, 12, 11, 7]
    with sqlite3.connect(back) as connection, sqlite3.connect(source) as first:
        sql = "SELECT id, ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata "
        sql += "FROM ai_thought_history WHERE id < 9"
        assert connection.execute(sql).fetchall() == first.execute(sql).fetchall()
        for name in cloudbrain.counts(form):
            columns = [row[1] for row in first.execute(f"PRAGMA table_info({name})")]
            assert [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] == columns
    connection.close()
    first.close()


def test_a_later_transfer_completes_the_agents_that_came_by_name(source: str, target: str) -> None:
    assert move(source, target, brain_state=False).equal
    report = move(source, target)
    assert report.equal, report.to_dict()
    assert move(source, target).equal
    with cloudbrain.server(target) as brain:
        assert brain.send("SELECT project, version FROM ai_profiles WHERE id = 3") == [("engine", "1.0")]
        # What is changed there later stays.
        brain.send(
            "UPDATE ai_profiles SET updated_at = NULL, project = NULL, expertise = NULL, version = NULL WHERE id = 3"
        )
    report = move(source, target)
    (profiles,) = [one for one in report.companions if one.name == "ai_profiles"]
    assert {one.column for one in profiles.differing} == {"project", "expertise", "version", "updated_at"}


@pytest.mark.parametrize("version", [name.partition("-")[2] for name in SERVERS])
def test_from_server_to_server(source: str, form: str, version: str) -> None:
    with fresh_database(for_test(version)) as first, fresh_database(for_test(in_use()[0])) as second:
        assert move(source, first).equal
        use(first, form)
        report = move(first, second)
        assert report.equal, report.to_dict()
        assert use(second, form) == [11, 12, 11, 7]
        kinds = "SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
        kinds += (
            "WHERE attnum > 0 AND attrelid IN ('ai_current_state'::regclass, 'ai_work_sessions'::regclass) ORDER BY 1, 2"
        )
        with cloudbrain.server(first) as one, cloudbrain.server(second) as other:
            assert one.send(kinds) == other.send(kinds)
