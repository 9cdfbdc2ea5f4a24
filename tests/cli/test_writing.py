"""add, init, backfill."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path

import pytest

import thoughtsearch

from .conftest import Run


def test_add_prints_the_number(run: Run, tmp_path: Path) -> None:
    result = run("add", "Locks are held by writers.", "-d", "new.db", "--tag", "a", "--tag", "b", "--ai", "3")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "1\n", "")
    with thoughtsearch.open("new.db") as store:
        thought = store.get(1)
    assert thought is not None
    assert (thought.thought_content, thought.tags, thought.ai_id) == ("Locks are held by writers.", ("a", "b"), 3)


def test_add_with_everything(run: Run) -> None:
    result = run(
        *("add", "Text.", "-d", "new.db", "--json", "--session", "7", "--cycle", "12", "--type", "idea"),
        *("--metadata", '{"a": 1, "b": 2}', "--meta", "b=[3]", "--meta", "c=a=b", "--meta", "d=NaN", "--meta", "e="),
        *("--at", "2026-02-01T10:30:00+02:00"),
    )
    thought = json.loads(result.stdout)
    assert thought["metadata"] == {"a": 1, "b": [3], "c": "a=b", "d": "NaN", "e": ""}
    assert (thought["session_id"], thought["cycle_number"], thought["thought_type"]) == (7, 12, "idea")
    assert thought["created_at"] == "2026-02-01T08:30:00+00:00"


def test_add_a_text_that_begins_with_a_hyphen(run: Run) -> None:
    assert "thoughtsearch add -- TEXT" in run("add", "-d", "new.db", "- a list").stderr
    assert run("add", "-d", "new.db", "--", "- a list").stdout == "1\n"


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_add_from_stdin(run: Run, arguments: list[str]) -> None:
    assert run("add", *arguments, "-d", "new.db", input="Two\nlines.\r\n").stdout == "1\n"
    assert json.loads(run("show", "1", "-d", "new.db", "--json").stdout)["thought_content"] == "Two\nlines."


def test_add_by_an_agents_name(run: Run) -> None:
    run("init", "-d", "new.db")
    connection = sqlite3.connect("new.db")
    connection.execute("CREATE TABLE ai_profiles (id INTEGER PRIMARY KEY, name TEXT, nickname TEXT)")
    connection.executemany("INSERT INTO ai_profiles VALUES (?, ?, NULL)", [(4, "Ada"), (5, "Max"), (6, "max")])
    connection.commit()
    connection.close()
    run("add", "A thought of hers.", "-d", "new.db", "--ai", "ada")
    assert "Ada (4)" in run("recent", "-d", "new.db").stdout
    assert "Ada (4)" in run("show", "1", "-d", "new.db").stdout
    assert "2 agents are called 'MAX': 5, 6" in run("add", "x", "-d", "new.db", "--ai", "MAX").stderr
    unknown = run("add", "x", "-d", "new.db", "--ai", "Eve")
    assert unknown.exit_code == 2
    assert "o agent is called" in unknown.stderr


def test_init_makes_a_database(run: Run) -> None:
    assert run("init", "-d", "new.db").stdout == "Made new.db.\n"
    assert "ready: 0 thoughts" in run("init", "-d", "new.db").stdout
    assert run("backfill", "-d", "new.db").stdout == "Nothing to do: every thought is indexed.\n"


def test_init_sql_touches_nothing(run: Run) -> None:
    shown = run("init", "--sql", "-d", "new.db").stdout
    assert not Path("new.db").exists()
    memory = sqlite3.connect(":memory:")
    memory.executescript(shown)
    assert memory.execute("SELECT count(*) FROM ai_thought_history").fetchone() == (0,)
    memory.close()


def found_database(path: str, rows: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE ai_thought_history (id INTEGER PRIMARY KEY AUTOINCREMENT, ai_id INTEGER NOT NULL, session_id INTEGER,"
        " cycle_number INTEGER, thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT, metadata TEXT,"
        " created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)"
    )
    rows_ = [(1, f"thought number{index}") for index in range(rows)]
    connection.executemany("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (?, ?)", rows_)
    connection.commit()
    connection.close()


def test_init_adopts_what_is_there(run: Run) -> None:
    found_database("found.db", 6_000)
    shown = run("init", "-d", "found.db").stdout
    assert shown.startswith(
        "Adopted found.db: 6,000 thoughts stay where and as they are, the index is beside them.\n"
        "To be indexed: 6,000 thoughts. If this is interrupted, `thoughtsearch backfill` goes on.\n"
        "Indexed 6,000 thoughts in "
    )
    assert shown.endswith("\nSearch it: `thoughtsearch query WORDS -d found.db`.\n")
    assert run("query", "-d", "found.db", "number5999").exit_code == 0


def test_backfill_goes_on(run: Run) -> None:
    found_database("found.db", 6_000)
    thoughtsearch.open("found.db", adopt=True).close()  # too many rows to index on the way
    asked = run("query", "-d", "found.db", "number5999")
    assert asked.exit_code == 1
    assert "note: over 1,000 thoughts are not indexed yet" in asked.stderr
    done = run("backfill", "-d", "found.db")
    assert re.fullmatch(
        r"Indexed 6,000 thoughts in [0-9.]+ s \([0-9,]+ a second\)\. Verified: all 6,000 are in the index, "
        r"and no batch changed the checksum of its rows\.\n",
        done.stdout,
    )
    assert run("query", "-d", "found.db", "number5999").exit_code == 0


def test_a_query_brings_a_database_of_ours_up_to_date(run: Run) -> None:
    found_database("found.db", 10)
    thoughtsearch.open("found.db", adopt=True).close()
    with contextlib.closing(sqlite3.connect("found.db")) as other:
        other.executescript(
            "DROP TABLE thoughtsearch_imported; DELETE FROM thoughtsearch_migration WHERE name = 'imported'"
        )
    asked = run("query", "-d", "found.db", "number7")
    assert asked.exit_code == 0
    assert "was brought up to date" in asked.stderr
    assert run("query", "-d", "found.db", "number7").stderr == ""
