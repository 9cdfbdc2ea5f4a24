"""CloudBrain's own schema files, as they are in the folder that THOUGHTSEARCH_DATA names.

Each shape is adopted by a backfill; all old and new thoughts are found, and CloudBrain's own statements run as before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import thoughtsearch
from tests.backfill.conftest import INSERT, Brain, postgres_brain, sqlite_brain
from tests.cli.conftest import Run, run
from tests.postgres.server import available, in_use
from thoughtsearch.engines.postgres import engine as postgres_engine
from thoughtsearch.engines.sqlite import engine as sqlite_engine
from thoughtsearch.engines.sqlite import schema as sqlite_setup

__all__ = ["run"]

DATA = Path(os.environ.get("THOUGHTSEARCH_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")) / "cloudbrain"
SELECT = "SELECT id, thought_content FROM ai_thought_history WHERE ai_id = ? ORDER BY created_at DESC, id DESC LIMIT ?"
OLD = [
    (1, 1, 1, "running the indexes", "insight", "sqlite,wal"),
    (1, None, None, "検索エンジンを試す", "question", "wal, 日本 ,"),
    (2, 7, 3, "café locked again", None, None),
]
SHAPES = {"sqlite_a": ["sqlite_a"], "sqlite_b": ["sqlite_a", "sqlite_b"], "sqlite_c": ["sqlite_a", "sqlite_c"]}
SHAPES |= {f"postgres_a-{name}": ["postgres_a", name] for name in in_use()}
# Debian's PostgreSQL has the extension of shape B, the wheels have none.
SHAPES["postgres_b-15"] = ["postgres_a", "postgres_b", "15"]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no schema files at {DATA}: set THOUGHTSEARCH_DATA")


def made(shape: str) -> AbstractContextManager[Brain]:
    parts = SHAPES[shape]
    scripts = [(DATA / f"{name}.sql").read_text(encoding="utf-8") for name in parts if not name.isdigit()]
    people = "INSERT INTO ai_profiles (name, nickname) VALUES ('Ada Lovelace', 'ada'), ('Grace', NULL);"
    # Old rows first: in shape B of SQLite none can be inserted any more.
    rows = "".join(
        "INSERT INTO ai_thought_history (ai_id, session_id, cycle_number, thought_content, thought_type, tags) VALUES "
        f"({', '.join('NULL' if value is None else repr(value) for value in row)});"
        for row in OLD
    )
    script = "\n".join([scripts[0], people, rows, *scripts[1:]])
    if not shape.startswith("postgres"):
        return sqlite_brain(script)
    if "postgres_b" in parts and not _has_trigram(parts[-1]):
        pytest.skip(f"PostgreSQL {parts[-1]} has no pg_trgm here")
    return postgres_brain(parts[-1], script)


def _has_trigram(version: str) -> bool:
    folder = available().get(version)
    shared = folder and [folder.parent / "share" / "postgresql", Path("/usr/share/postgresql") / version]
    return any((place / "extension" / "pg_trgm.control").exists() for place in shared or ())


@pytest.fixture(params=list(SHAPES))
def brain(request: pytest.FixtureRequest) -> Iterator[Brain]:
    with made(request.param) as one:
        yield one


@pytest.mark.parametrize("large", [False, True], ids=["small", "as if large"])
def test_it_is_adopted_and_its_own_statements_run(
    brain: Brain, run: Run, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        for module in (sqlite_setup, sqlite_engine, postgres_engine):
            monkeypatch.setattr(module, "SMALL", 0)
    before = brain.rows()
    assert run("backfill", "--dry-run", "-d", brain.url).exit_code == 0
    done = run("backfill", "-d", brain.url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Indexed 3 thoughts" in done.stdout
    assert brain.rows() == before
    returning = " RETURNING id" if brain.url.startswith("postgresql") else ""
    brain.execute(INSERT + returning, 1, 1, 2, "a new thought on indexing", "insight", ",".join(["new", "sqlite"]))
    brain.execute(INSERT + returning, 1, 1, 3, "untagged", "idea", "")
    assert [row[0] for row in brain.execute(SELECT, 1, 10)] == [5, 4, 2, 1]
    brain.execute("UPDATE ai_thought_history SET thought_content = 'said anew' WHERE id = 3")
    brain.execute("DELETE FROM ai_thought_history WHERE id = 2")
    with thoughtsearch.open(brain.url) as store:
        assert sorted(hit.id for hit in store.search("indexes")) == [1, 4]
        assert [hit.id for hit in store.search("anew ai:Grace")] == [3]
        assert [hit.id for hit in store.search("untagged")] == [5]
        assert sorted(hit.id for hit in store.search("tag:sqlite", ai="ada")) == [1, 4]
        assert not store.search("検索")
        assert not store.search("cafe")
        assert store.search().warnings == ()
        assert store.stats()["unindexed"] == 0
    assert "There is nothing to do." in run("backfill", "--dry-run", "-d", brain.url).stdout


def test_the_neighbours_of_a_live_table_go_on() -> None:
    with made("postgres_b-15") as brain:
        brain.execute("INSERT INTO thought_bookmarks VALUES (1, 'mine')")
        trigrams = "SELECT id FROM ai_thought_history WHERE thought_content ILIKE ? ORDER BY id"
        with thoughtsearch.open(brain.url, adopt=True) as store:
            assert len(store.search("index")) == 1
            assert brain.execute("SELECT id FROM recent_insights") == [(1,)]
            assert brain.execute(trigrams, "%the ind%") == [(1,)]
            brain.execute("DELETE FROM ai_thought_history WHERE id = 1")
            assert brain.execute("SELECT count(*) FROM thought_bookmarks") == [(0,)]
            assert not store.search("index")
