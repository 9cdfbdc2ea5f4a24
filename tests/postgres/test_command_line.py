"""The command line on PostgreSQL, where it is another story than on SQLite."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from tests.postgres.tools import execute
from thoughtsearch.cli.group import root

TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(root, arguments, prog_name="thoughtsearch")


@pytest.mark.parametrize(
    "command", [("query", "lock"), ("recent",), ("stats",), ("facets",), ("show", "1"), ("export", "-")]
)
def test_what_only_reads_makes_no_table(place: str, command: tuple[str, ...]) -> None:
    result = run(*command, "-d", place)
    assert result.exit_code == 3, result.output
    assert "holds no thoughts: it has no table ai_thought_history" in result.output
    assert "thoughtsearch init -d URL" in result.output
    assert execute(place, TABLES) == [(0,)]


def test_what_writes_does_and_then_it_is_read(place: str) -> None:
    assert run("add", "The lock was held by the export job.", "-d", place).exit_code == 0
    result = run("query", "lock", "-d", place)
    assert result.exit_code == 0
    assert "The lock was held" in result.output


def test_a_found_table_is_adopted_by_init(place: str) -> None:
    execute(
        place,
        "CREATE TABLE ai_thought_history (id serial PRIMARY KEY, ai_id integer NOT NULL, thought_content text NOT NULL, "
        "created_at timestamp DEFAULT now())",
        "INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'the lock')",
    )
    result = run("init", "-d", place)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Adopted the postgresql database: 1 thoughts stay where and as they are")
    assert "Search it: `thoughtsearch query WORDS -d URL`." in result.output
    assert "the lock" in run("query", "lock", "-d", place).output
