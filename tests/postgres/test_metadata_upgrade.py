"""A found table that an earlier version adopted: what reads otherwise now is read anew, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.world import FOUND
from thoughtsearch.location import parse
from thoughtsearch.operations.doctor import Doctor
from thoughtsearch.sql import data

NESTED = '{"plain": 1, "a": ' + "[" * 100 + "]" * 100 + ', "a": 1}'
METADATA = (
    '{"plain": 1, "a": "x\\u0000"}',
    '{"plain": 1, "a": "\\ud800"}',
    NESTED,
    '{"plain": 1}',
    "no JSON",
    "[1]",
    None,
    '{"plain": 1, "list": [' + ",".join(["[]"] * 300) + "]}",
)
VERSIONS = "SELECT id, xmin::text, metadata::text FROM thoughtsearch_thought ORDER BY id"


@pytest.fixture
def adopted(database: str) -> Iterator[psycopg.Connection[Any]]:
    """As the first version that adopted tables left it."""
    script = (data("sql") / "postgres" / "adoption" / "0004_thoughts.sql").read_text(encoding="utf-8")
    begin, end = script.index("CREATE FUNCTION /*schema*/thoughtsearch_json"), script.index("-- What is searched of a row.")
    older = script[begin:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace("/*schema*/", "public.")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(FOUND.encode())
        thoughtsearch.open(database, **adopting()).close()
        connection.execute(older.encode())
        connection.execute("DELETE FROM thoughtsearch_migration WHERE version = 8")
        for text in METADATA:
            connection.execute(
                "INSERT INTO ai_thought_history (ai_id, thought_content, metadata) VALUES (1, 'x', %s)", [text]
            )
        yield connection


def adopting() -> dict[str, Any]:
    """What opens a table that another program made, so that it is adopted."""
    import inspect

    return {"adopt": True} if "adopt" in inspect.signature(thoughtsearch.open).parameters else {}


def ids(store: thoughtsearch.Store, where: Any) -> list[int]:
    return sorted(hit.id for hit in store.search(where=where))


def test_only_rows_that_read_otherwise_now_are_written(adopted: psycopg.Connection[Any], database: str) -> None:
    before = {row[0]: row[1:] for row in adopted.execute(VERSIONS).fetchall()}
    assert before[1][1].startswith('"')
    assert before[3][1].startswith("{")
    with thoughtsearch.open(database) as store:
        assert ids(store, {"plain": 1}) == [1, 2, 4, 8]
        assert ids(store, {"a": "x\ufffd"}) == [1]
        assert ids(store, {"plain": {"$exists": False}}) == [3, 5, 6, 7]
        thought = store.get(3)
        assert thought is not None
        assert thought.metadata_text == NESTED
        assert ids(store, "plain<1e9999999") == [1, 2, 4, 8]
    after = {row[0]: row[1:] for row in adopted.execute(VERSIONS).fetchall()}
    assert {ident for ident in after if after[ident] != before[ident]} == {1, 2, 3}
    with thoughtsearch.open(database) as store:
        assert ids(store, {"plain": 1}) == [1, 2, 4, 8]
    assert {row[0]: row[1:] for row in adopted.execute(VERSIONS).fetchall()} == after


def test_the_doctor_finds_an_older_function_and_makes_the_newest_anew(
    adopted: psycopg.Connection[Any], database: str
) -> None:
    thoughtsearch.open(database).close()
    newest = adopted.execute("SELECT prosrc FROM pg_proc WHERE proname = 'thoughtsearch_json'").fetchone()
    adopted.execute(
        "CREATE OR REPLACE FUNCTION thoughtsearch_json(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS "
        "$$ SELECT to_jsonb(value) $$"
    )
    assert any("thoughtsearch_json" in finding.message for finding in Doctor(parse(database)).examine().findings)
    Doctor(parse(database)).repair()
    assert adopted.execute("SELECT prosrc FROM pg_proc WHERE proname = 'thoughtsearch_json'").fetchone() == newest


def test_an_index_made_anew_reads_by_the_newest_rule(adopted: psycopg.Connection[Any], database: str) -> None:
    thoughtsearch.open(database).close()
    adopted.execute("DROP TABLE thoughtsearch_thought CASCADE")
    with thoughtsearch.open(database) as store:
        assert ids(store, {"plain": 1}) == [1, 2, 4, 8]
