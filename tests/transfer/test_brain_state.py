"""The tables beside the thoughts: agents, sessions, states, and what imports have stored."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import thoughtsearch
from tests.world import ENGINES, World, kind_of, sqlite_world
from thoughtsearch.engines.differences import differs
from thoughtsearch.location import locate
from thoughtsearch.operations.agents import names
from thoughtsearch.operations.transfer.job import Transfer
from thoughtsearch.operations.transfer.report import TransferReport
from thoughtsearch.sources.files import opened
from thoughtsearch.sources.jsonl import READER
from thoughtsearch.sources.loading import Loading

from .conftest import Ends, fill, transfer

BRAIN = """
CREATE TABLE ai_profiles (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, nickname TEXT, project TEXT,
    expertise TEXT, version TEXT, is_active INTEGER DEFAULT 1, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE ai_work_sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ai_id INTEGER NOT NULL, ai_name TEXT NOT NULL, session_type TEXT NOT NULL,
    start_time TIMESTAMP NOT NULL, end_time TIMESTAMP, status TEXT DEFAULT 'active',
    total_thoughts INTEGER DEFAULT 0, total_insights INTEGER DEFAULT 0, metadata TEXT,
    FOREIGN KEY (ai_id) REFERENCES ai_profiles(id));
CREATE TABLE ai_current_state (
    ai_id INTEGER PRIMARY KEY, current_task TEXT, last_thought TEXT, last_insight TEXT, current_cycle INTEGER,
    cycle_count INTEGER DEFAULT 0, last_activity TIMESTAMP DEFAULT CURRENT_TIMESTAMP, session_id INTEGER, brain_dump TEXT,
    checkpoint_data TEXT);
INSERT INTO ai_profiles VALUES (3, 'Ada Lovelace', 'ada', 'engine', '100%', '1.0', 1, '2026-01-01 10:00:00'),
    (7, 'Grace', NULL, NULL, NULL, NULL, 0, '2026-01-01T10:00:00.123456+02:00');
INSERT INTO ai_work_sessions VALUES
    (1, 3, 'Ada Lovelace', 'deep', '2026-01-01 10:00:00', '2026-01-01 11:30:00', 'done', 5, 1, '{"b": 1.50, "a": [1]}'),
    (2, 3, 'Ada Lovelace', 'deep', '2026-01-02T10:00:00', NULL, 'active', 0, 0, NULL),
    (9, 99, 'gone', 'deep', '2026-01-02 10:00', NULL, NULL, NULL, NULL, '[1]'),
    (12, 7, 'Grace', '', '2026-01-02', NULL, 'active', 0, 0, NULL);
INSERT INTO ai_current_state VALUES
    (3, 'a task', '日本', NULL, 4, 17, '2026-01-02 10:00:00', 2, '{"x": 1}', 'checkpoint'),
    (7, NULL, NULL, NULL, NULL, 0, '2026-01-02 10:00:00.5', NULL, NULL, NULL);
"""
TABLES = ("ai_profiles", "ai_work_sessions", "ai_current_state")
POSTGRES = [name for name in ENGINES if differs("typed-values", kind_of(name))]


@pytest.fixture
def brain() -> Iterator[World]:
    """A SQLite database with CloudBrain's tables."""
    with sqlite_world() as world:
        for statement in BRAIN.split(";"):
            world.execute(statement, ())
        world.say("hello", "there", ai_id=3)
        yield world


@pytest.fixture(params=list(ENGINES))
def target(request: pytest.FixtureRequest) -> Iterator[World]:
    """An empty database without these tables."""
    with ENGINES[request.param]() as world:
        yield world
        for name in reversed(TABLES):
            world.execute(f"DROP TABLE IF EXISTS {name}", ())


def rows(world: World, table: str) -> list[Any]:
    return world.execute(f"SELECT * FROM {table} ORDER BY 1", ())


def tables_of(report: TransferReport) -> dict[str, tuple[int, bool]]:
    return {one.name: (one.rows, one.equal) for one in report.companions}


def test_whole_rows_go_along_and_come_back(brain: World, target: World) -> None:
    report = transfer(brain, target, brain_state=True)
    assert report.equal, report.to_dict()
    expected = {"ai_profiles": (2, True), "ai_work_sessions": (4, True), "ai_current_state": (2, True)}
    assert expected.items() <= tables_of(report).items()
    with sqlite_world() as back:
        assert transfer(target, back, brain_state=True).equal
        assert [row[1:7] for row in rows(back, "ai_profiles")] == [row[1:7] for row in rows(brain, "ai_profiles")]
        assert rows(back, "ai_profiles")[1][7] in ("2026-01-01 08:00:00.123456", "2026-01-01T10:00:00.123456+02:00")
        there, here = rows(back, "ai_work_sessions"), rows(brain, "ai_work_sessions")
        assert [row[:4] + row[5:9] for row in there] == [row[:4] + row[5:9] for row in here]
        assert json.loads(there[0][9]) == {"a": [1], "b": 1.5}
        assert json.loads(there[2][9]) == [1]
        assert rows(back, "ai_current_state") == rows(brain, "ai_current_state")


@pytest.mark.parametrize("engine", POSTGRES)
def test_on_postgres_they_are_what_was_asked_of_them(brain: World, engine: str) -> None:
    with ENGINES[engine]() as target:
        transfer(brain, target, brain_state=True)
        kinds = dict(
            target.execute(
                "SELECT attrelid::regclass || '.' || attname, format_type(atttypid, NULL) FROM pg_attribute "
                "WHERE attnum > 0 AND attrelid = ANY(ARRAY['ai_work_sessions', 'ai_current_state']::regclass[])",
                (),
            )
        )
        assert kinds["ai_work_sessions.metadata"] == "jsonb"
        assert kinds["ai_work_sessions.start_time"] == "timestamp without time zone"
        defined = " ".join(
            row[0] for row in target.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'ai_work_sessions'", ())
        )
        assert "USING gin (metadata)" in defined
        assert "WHERE (status = 'active'::text)" in defined
        assert "((end_time - start_time))" in defined
        hours = target.execute("SELECT id FROM ai_work_sessions WHERE end_time - start_time > interval '1 hour'", ())
        assert hours == [(1,)]
        assert target.execute("SELECT id FROM ai_work_sessions WHERE metadata @> '{\"a\": [1]}'", ()) == [(1,)]
        insert = "INSERT INTO ai_work_sessions (ai_id, ai_name, session_type, start_time) "
        insert += "VALUES (3, 'a', 'b', CURRENT_TIMESTAMP) RETURNING id"
        assert target.execute(insert, ()) == [(13,)]
        for name in reversed(TABLES):
            target.execute(f"DROP TABLE {name}", ())


def test_without_it_only_names_go_along(brain: World, target: World) -> None:
    report = transfer(brain, target)
    assert report.equal
    assert target.store.connection.run(names(target.store.dialect)) == {3: "Ada Lovelace", 7: "Grace"}
    assert [hit.agent for hit in target.store.search("hello")] == ["Ada Lovelace"]
    assert rows(target, "ai_profiles")[0][3] is None
    assert "ai_work_sessions" not in tables_of(report)


def test_rows_that_are_there_stay(brain: World, target: World) -> None:
    target.store.name_agents({3: "Mine", 50: "Another"})
    report = transfer(brain, target, brain_state=True)
    assert {row[0]: row[1] for row in rows(target, "ai_profiles")} == {3: "Mine", 7: "Grace", 50: "Another"}
    assert not report.equal
    (profiles,) = [one for one in report.companions if one.name == "ai_profiles"]
    assert (profiles.different, profiles.examples) == (1, (3,))


def test_a_table_with_fewer_columns_gets_those_that_it_lacks(brain: World, target: World) -> None:
    target.execute("CREATE TABLE ai_profiles (id INTEGER PRIMARY KEY, name TEXT NOT NULL)", ())
    verified = transfer(brain, target, brain_state=True, verify_only=True)
    (profiles,) = [one for one in verified.companions if one.name == "ai_profiles"]
    assert not profiles.equal
    assert profiles.unknown == ("nickname", "project", "expertise", "version", "is_active", "created_at")
    report = transfer(brain, target, brain_state=True)
    assert report.equal, report.to_dict()
    assert any(note.startswith("added to ai_profiles of the target: nickname, project") for note in report.notes)
    assert rows(target, "ai_profiles")[0][:4] == (3, "Ada Lovelace", "ada", "engine")


def test_a_role_that_may_not_add_columns_is_told_what_was_left_out(brain: World) -> None:
    with ENGINES[POSTGRES[0]]() as target:
        target.execute("CREATE TABLE ai_profiles (id INTEGER PRIMARY KEY, name TEXT NOT NULL)", ())
        for statement in ("DROP ROLE IF EXISTS mover", "CREATE ROLE mover LOGIN"):
            target.execute(statement, ())
        try:
            target.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO mover", ())
            target.execute("GRANT USAGE, UPDATE, SELECT ON ALL SEQUENCES IN SCHEMA public TO mover", ())
            url = target.url.replace("postgres@", "mover@")
            target.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", ())
            report = Transfer(locate(brain.url), locate(url), brain_state=True).run()
            tables = {one.name: one for one in report.companions}
            assert (tables["ai_profiles"].equal, tables["ai_profiles"].unknown[0]) == (False, "nickname")
            assert (tables["ai_work_sessions"].equal, tables["ai_work_sessions"].different) == (False, 4)
            assert any("ai_work_sessions can't be made in the target" in note for note in report.notes)
            assert report.target.count == 2
        finally:
            target.execute("DROP OWNED BY mover", ())
            target.execute("DROP ROLE mover", ())


def test_an_import_into_the_target_adds_nothing_that_came_along(ends: Ends, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f'{{"id": "x{number}", "thought_content": "line {number}"}}\n' for number in range(30)))

    def load(world: World) -> int:
        with opened(str(path)) as reading:
            loading = Loading(world.store)
            loading.run(READER, reading)
        return loading.stored.total()

    assert load(ends.source) == 30
    report = ends.transfer()
    assert report.equal
    assert tables_of(report)["thoughtsearch_imported"] == (30, True)
    assert load(ends.target) == 0
    with path.open("a") as more:
        more.write('{"id": "new", "thought_content": "a new line"}\n')
    assert load(ends.target) == 1


def test_a_found_table_is_read_as_it_is(tmp_path: Path, target: World) -> None:
    from tests.sqlite.shapes import A, make

    path = make(tmp_path / "found.db", A)
    before = path.read_bytes()
    report = Transfer(locate(path), locate(target.url), brain_state=True).run()
    assert report.equal, report.to_dict()
    assert "can't be searched yet" in report.unasked
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["found.db"]
    assert [hit.id for hit in target.store.search("index")] == [1]
    with pytest.raises(thoughtsearch.DatabaseError, match="holds no thoughts"):
        Transfer(locate(sqlite_without_thoughts(tmp_path / "other.db")), locate(target.url)).run()


def sqlite_without_thoughts(path: Path) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")
    connection.close()
    return path


def test_agents_of_many_thoughts(ends: Ends) -> None:
    fill(ends.source, 30)
    ends.source.store.name_agents({number: f"agent {number}" for number in range(1, 2_500)})
    assert ends.transfer().equal
    assert len(ends.target.store.agents()) == 2_499
