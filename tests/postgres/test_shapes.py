"""The two shapes of the table on PostgreSQL: thoughtsearch's own, and CloudBrain's, for its server to write to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

import thoughtsearch
from tests.transfer.cloudbrain import server
from thoughtsearch.cli.group import root


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(root, arguments)
    return done.exit_code, done.output


def test_cloudbrain_writes_into_its_own_shape(database: str) -> None:
    code, said = run("init", "--shape", "cloudbrain", "-d", database)
    assert (code, said[:5]) == (0, "Made ")
    with server(database) as brain:
        assert [brain.add_thought("written by its server", ["wal", "moved"]), brain.add_thought("untagged", [])] == [1, 2]
        brain.send("UPDATE ai_thought_history SET metadata = ? WHERE id = 2", '{"step": 4}')
        with thoughtsearch.open(database) as store:
            assert [hit.id for hit in store.search("server", tags=["wal"])] == [1]
            assert [hit.id for hit in store.search(where={"step": 4})] == [2]
            assert store.add("by us", tags=["a", "b"], metadata={"n": 1}) == 3
            assert store.stats()["unindexed"] == 0
        assert brain.send("SELECT tags, metadata FROM ai_thought_history WHERE id = 3") == [("a,b", '{"n":1}')]
    assert "ready: 3 thoughts" in run("init", "--shape", "cloudbrain", "-d", database)[1]
    code, said = run("init", "--shape", "own", "-d", database)
    assert code == 3
    assert "of the shape cloudbrain already" in said
    assert run("doctor", "-d", database)[0] == 0


def test_our_own_shape_is_not_made_cloudbrains(database: str) -> None:
    assert run("init", "-d", database)[0] == 0
    code, said = run("init", "--shape", "cloudbrain", "-d", database)
    assert code == 3
    assert "of the shape own already" in said
    assert run("init", "--shape", "own", "-d", database)[0] == 0


def test_on_sqlite_both_are_the_same_table(tmp_path: Path) -> None:
    made = []
    for shape in ("own", "cloudbrain"):
        path = str(tmp_path / f"{shape}.db")
        assert run("init", "--shape", shape, "-d", path) == (0, f"Made {path}.\n")
        with server(path) as brain:
            made.append(brain.send("SELECT type, name, sql FROM sqlite_master ORDER BY name"))
            assert brain.add_thought("written by its server", ["wal"]) == 1
        with thoughtsearch.open(path) as store:
            assert [hit.id for hit in store.search("server")] == [1]
    assert made[0] == made[1]


def test_a_table_made_anew_is_as_the_first_one(database: str) -> None:
    columns = (
        "SELECT attname, atttypid::regtype::text, attnotnull, attgenerated FROM pg_attribute "
        "WHERE attrelid = 'ai_thought_history'::regclass AND attnum > 0 ORDER BY 1"
    )
    rights = "SELECT relname, relacl::text FROM pg_class WHERE relname LIKE 'thoughtsearch%' AND relkind = 'r' ORDER BY 1"
    with thoughtsearch.open(database), psycopg.connect(database, autocommit=True) as connection:
        first = connection.execute(columns).fetchall(), connection.execute(rights).fetchall()
        connection.execute("DROP TABLE ai_thought_history, thoughtsearch_word CASCADE")
    with thoughtsearch.open(database) as store, psycopg.connect(database, autocommit=True) as connection:
        assert (connection.execute(columns).fetchall(), connection.execute(rights).fetchall()) == first
        assert store.add("searchable again") == 1
        assert [hit.id for hit in store.search("again")] == [1]


@pytest.mark.parametrize("shape", ["own", "cloudbrain"])
def test_the_printed_sql_makes_it(database: str, shape: str) -> None:
    code, script = run("init", "--sql", "--shape", shape, "-d", database)
    assert code == 0
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(script.encode())
    with thoughtsearch.open(database) as store, server(database) as brain:
        if shape == "cloudbrain":
            assert brain.add_thought("written by its server", ["wal"]) == 1
        else:
            assert store.add("written by its server", tags=["wal"]) == 1
        assert [hit.id for hit in store.search("server", tags=["wal"])] == [1]


def test_metadata_may_be_null_in_our_own_shape(database: str) -> None:
    with thoughtsearch.open(database) as store, psycopg.connect(database, autocommit=True) as connection:
        store.add("with some", metadata={"step": 1})
        insert = "INSERT INTO ai_thought_history (ai_id, thought_content, metadata) VALUES (1, %s, %s)"
        connection.execute(insert, ("without any", None))
        connection.execute(insert, ("with an empty one", "{}"))
        wheres: list[dict[str, Any]] = [
            {"step": {"$exists": False}},
            {"step": {"$ne": 1}},
            {"$not": {"step": {"$gte": 1}}},
            {"a": {"$nin": [1]}},
        ]
        found = [sorted(hit.id for hit in store.search(where=where)) for where in wheres]
        assert found == [[2, 3], [2, 3], [2, 3], [1, 2, 3]]
        assert sorted(hit.id for hit in store.search("without empty", where={"step": {"$exists": False}})) == [2, 3]
        assert [(thought.metadata, thought.metadata_text) for thought in store.export()] == [
            ({"step": 1}, None),
            ({}, None),
            ({}, None),
        ]
    assert run("doctor", "-d", database)[0] == 0


def test_a_database_of_an_earlier_version_takes_null_after_it_was_opened(database: str) -> None:
    insert = "INSERT INTO ai_thought_history (ai_id, thought_content, metadata) VALUES (1, 'x', NULL)"
    thoughtsearch.open(database).close()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE ai_thought_history ALTER COLUMN metadata SET NOT NULL")
        connection.execute("DELETE FROM thoughtsearch_migration WHERE name = 'no_metadata'")
        with pytest.raises(psycopg.errors.NotNullViolation):
            connection.execute(insert)
        thoughtsearch.open(database).close()
        connection.execute(insert)
