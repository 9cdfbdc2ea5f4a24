"""A table that was there before is searched in place, and its own program notices nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import thoughtsearch
from tests.sqlite import shapes
from tests.sqlite.tools import check, plain
from thoughtsearch import SchemaError
from thoughtsearch.location import locate
from thoughtsearch.operations.backfill.job import initialise


@pytest.mark.parametrize("shape", shapes.CLOUDBRAIN)
def test_every_old_and_every_new_thought_of_cloudbrain_is_found(tmp_path: Path, shape: str) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.A, then=shapes.CLOUDBRAIN[shape])
    with thoughtsearch.open(path, adopt=True) as store, plain(path) as cloudbrain:
        assert [hit.id for word in shapes.OLD for hit in store.search(word)] == [1, 2, 3]
        cloudbrain.execute(shapes.INSERT, (2, None, 3, "a new thought on indexing", "idea", "new,sqlite"))
        assert [hit.id for hit in store.search("new indexes", match="all")] == [4]
        assert sorted(hit.id for hit in store.search("tag:sqlite")) == [1, 4]
        assert [hit.id for hit in store.search("tag:日本")] == [2]
        assert store.search().warnings == ()
        check(store, cloudbrain)


def test_inserts_fail_before_shape_b_is_adopted(tmp_path: Path) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.A, then=shapes.B_DAMAGE)
    with plain(path) as cloudbrain, pytest.raises(sqlite3.OperationalError, match="no such table"):
        cloudbrain.execute(shapes.INSERT, shapes.ROWS[0])


@pytest.mark.parametrize("shape", shapes.CLOUDBRAIN)
def test_agents_are_found_by_their_names(tmp_path: Path, shape: str) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.A, then=shapes.CLOUDBRAIN[shape])
    with thoughtsearch.open(path, adopt=True) as store:
        assert store.agents() == {1: "Ada Lovelace", 2: "Grace"}
        for name in ("Ada Lovelace", "ada", "ADA"):
            assert sorted(hit.id for hit in store.search(ai=name)) == [1, 3]
        assert [hit.agent for hit in store.search('検索 ai:"grace"')] == ["Grace"]


@pytest.mark.parametrize("shape", shapes.CLOUDBRAIN)
def test_its_own_statements_work_unchanged(tmp_path: Path, shape: str) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.A, then=shapes.CLOUDBRAIN[shape])
    with plain(path) as cloudbrain:
        before = cloudbrain.execute("SELECT * FROM ai_thought_history").fetchall()
        with thoughtsearch.open(path, adopt=True) as store:
            assert cloudbrain.execute("SELECT * FROM ai_thought_history").fetchall() == before
            assert cloudbrain.execute(shapes.INSERT, shapes.ROWS[0]).lastrowid == 4
            assert [row[0] for row in cloudbrain.execute(shapes.SELECT, (1,))] == [4, 3, 1]
            cloudbrain.execute("UPDATE ai_thought_history SET thought_content = 'said anew' WHERE id = 1")
            cloudbrain.execute("DELETE FROM ai_thought_history WHERE id = 2")
            assert [hit.id for hit in store.search("anew")] == [1]
            assert not store.search("検索")
            old = "SELECT rowid FROM ai_thought_history_fts WHERE ai_thought_history_fts MATCH 'said'"
            assert cloudbrain.execute(old).fetchall() == [(1,)]
            check(store, cloudbrain)


@pytest.mark.parametrize("shape", shapes.CLOUDBRAIN)
def test_its_start_up_statements_do_no_harm(tmp_path: Path, shape: str) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.A, then=shapes.CLOUDBRAIN[shape])
    with plain(path) as cloudbrain:
        for _ in range(2):
            with thoughtsearch.open(path, adopt=True) as store:
                cloudbrain.executescript(shapes.INDEX)
                cloudbrain.execute(shapes.INSERT, (1, None, None, "written after its start", None, "new"))
                check(store, cloudbrain)
        with thoughtsearch.open(path) as store:
            assert len(store.search("written")) == 2
            check(store, cloudbrain)


@pytest.mark.parametrize("leftover", shapes.LEFTOVERS)
def test_leftovers_of_other_searches_are_no_hindrance(tmp_path: Path, leftover: str) -> None:
    path = shapes.make(tmp_path / "brain.db", shapes.PROFILES + shapes.TABLE, rows=(), then=shapes.LEFTOVERS[leftover])
    with plain(path) as other:
        if "ai" not in leftover.split():
            other.executemany(shapes.INSERT, shapes.ROWS)
        with thoughtsearch.open(path, adopt=True) as store:
            other.execute(shapes.INSERT, (1, None, None, "new thought", None, None))
            assert [hit.thought.thought_content for hit in store.search("new")] == ["new thought"]
            assert len(store.search("index")) == 1
            check(store, other)


def test_what_belongs_to_others_is_left_alone(tmp_path: Path) -> None:
    script = "".join(
        shapes.LEFTOVERS[name] for name in ("an index elsewhere", "an audit trigger", "a view and a reference")
    )
    path = shapes.make(tmp_path / "brain.db", shapes.PROFILES + shapes.TABLE, then=script)
    listed = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    with plain(path) as other:
        before = set(other.execute(listed))
        thoughtsearch.open(path, adopt=True).close()
        assert before <= set(other.execute(listed))
        other.execute(shapes.INSERT, shapes.ROWS[0])
        assert other.execute("SELECT * FROM audit").fetchall() == [(4,)]
        assert other.execute("SELECT rowid FROM search WHERE search MATCH 'running'").fetchall() == [(4,)]


@pytest.mark.parametrize("name", shapes.LACKING)
def test_tables_that_lack_columns_or_have_more_are_adopted(tmp_path: Path, name: str) -> None:
    path = tmp_path / "brain.db"
    insert = "INSERT INTO ai_thought_history (ai_id, thought_content, created_at) VALUES (7, ?, '2026-01-02T03:04:05')"
    with plain(path) as other:
        other.execute(f"CREATE TABLE ai_thought_history ({shapes.LACKING[name]})")
        other.execute(insert, ["an old index"])
        with thoughtsearch.open(path, adopt=True) as store:
            other.execute(insert, ["a new index"])
            store.add(
                "a third index", tags=["new"], metadata={"step": 1}, session_id=2, cycle_number=3, thought_type="idea"
            )
            assert sorted(hit.id for hit in store.search("indexes ai:7", since="2026-01-02")) == [1, 2]
            assert [hit.id for hit in store.search("tag:new session:2 cycle:3 type:idea meta.step:1")] == [3]
            check(store, other)


@pytest.mark.parametrize("name", shapes.REFUSED)
def test_what_cant_be_adopted_is_refused_in_a_sentence_and_left_as_it_was(tmp_path: Path, name: str) -> None:
    path = tmp_path / "brain.db"
    script, word = shapes.REFUSED[name]
    with plain(path) as other:
        other.executescript(script)
        before = other.execute("SELECT * FROM sqlite_master").fetchall()
        with pytest.raises(SchemaError, match=word) as caught:
            thoughtsearch.open(path, adopt=True)
        assert str(caught.value).rstrip().endswith(".")
        with pytest.raises(SchemaError, match=word):
            initialise(locate(path))
        assert other.execute("PRAGMA journal_mode").fetchall() == [("delete",)]
        assert other.execute("SELECT * FROM sqlite_master").fetchall() == before
