"""Every way to go wrong ends with its own number and one line on stderr, and never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

import thoughtsearch

from .conftest import Run

READING = ["query x", "show 1", "recent", "facets", "stats", "export", "backfill"]


@pytest.mark.parametrize("command", READING)
def test_reading_makes_no_database(run: Run, command: str) -> None:
    result = run(*command.split(), "-d", "absent.db")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("Error: There is no database at absent.db; ")
    assert not Path("absent.db").exists()


def test_without_a_default_database_we_say_how_to_begin(run: Run, tmp_path: Path) -> None:
    result = run("query", "x")
    assert result.exit_code == 3
    assert "the default" in result.stderr
    for way in ("thoughtsearch add", "thoughtsearch import FILE", "thoughtsearch demo"):
        assert way in result.stderr
    assert not list(tmp_path.rglob("*.db"))


@pytest.mark.parametrize("command", READING)
def test_reading_changes_no_foreign_file(run: Run, command: str) -> None:
    Path("empty.db").write_bytes(b"")
    result = run(*command.split(), "-d", "empty.db")
    assert result.exit_code == 3
    assert "holds no thoughts" in result.stderr
    assert Path("empty.db").read_bytes() == b""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["query", "x", "-d", "."], 3, ". is a directory"),
        (["add", "x", "-d", "."], 3, ". is a directory"),
        (["query", "x", "-d", "text.txt"], 3, "not a usable SQLite database"),
        (["query", "x", "-d", "mysql://host/name"], 2, "got mysql://"),
        (["query", "x", "-d", "sqlite:/thoughts.db"], 2, "This is no URL of a database"),
        (["query", "x", "-d", ""], 2, "path or a URL; got ''"),
        (["query", "x", "--facet", "colour"], 2, "facets are ai, thought_type, tags, time; got 'colour'"),
        (["query", "x", "--where", "step"], 2, "A metadata predicate reads"),
        (["query", "x", "--where", '{"step":'], 2, "not valid JSON"),
        (["query", "x", "--where", "step>=1", "--where", "=="], 2, "A metadata predicate reads"),
        (["query", "x", "--since", "soon"], 2, "A time is written as"),
        (["query", "x", "--cycle", "9..2"], 2, "ends before it begins"),
        (["query", "x", "--cursor", "damaged"], 2, "cursor"),
        (["query", "x", "--mode", "vague"], 2, "--mode"),
        (["query", "x", "--limit", "0"], 2, "--limit"),
        (["query", "x", "--json", "--jsonl"], 2, "choose one"),
        (["add", " "], 2, "thought_content is empty"),
        (["add", "x", "--tag", "a,b"], 2, "comma"),
        (["add", "x", "--at", "soon"], 2, "created_at takes an ISO 8601 time"),
        (["add", "x", "--meta", "step"], 2, "--meta takes KEY=VALUE"),
        (["add", "x", "--metadata", "[1]"], 2, "metadata takes an object"),
        (["add", "x", "--ai", "Nobody"], 2, "No agent is called"),
        (["import", "."], 2, "Nothing in . is of a kind that can be imported"),
        (["export", "samples.db", "--force"], 2, "the database itself"),
        (["import", "samples.db"], 2, "samples.db"),
        (["show", "9" * 30], 2, "not a thought's number"),
        (["export", "."], 2, ". is a directory"),
        (["export", "absent/out.jsonl"], 2, "can't be written"),
        (["qeury"], 2, "Did you mean query?"),
        (["why is it locked"], 2, "thoughtsearch query"),
        (["completion", "tcsh"], 2, "tcsh"),
    ],
)
def test_bad_input(samples: Path, run: Run, arguments: list[str], code: int, said: str) -> None:
    Path("text.txt").write_text("This is not a database. " * 100, encoding="utf-8")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr.splitlines()[-1]
    assert sum("Error: " in line for line in result.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[" "], ["x", "--tag", "a,b"], ["x", "--at", "soon"], ["x", "--metadata", "1"]])
def test_what_can_not_be_stored_makes_no_database(run: Run, arguments: list[str]) -> None:
    assert run("add", "-d", "new.db", *arguments).exit_code == 2
    assert not Path("new.db").exists()


def test_input_that_is_not_utf8(run: Run) -> None:
    result = run("add", "-d", "new.db", input=b"\xff\xfe")
    assert result.exit_code == 2
    assert "not UTF-8 (byte 1)" in result.stderr
    assert not Path("new.db").exists()


HOSTILE = "a\x1b[31mred\x07 b\x9b2J c\u202edrow d\u2066e \x7f \x00 end"


@pytest.mark.parametrize(
    "command", ["query end", "query end --full", "recent", "show 1", "facets", "stats", "query end --color"]
)
def test_stored_text_does_not_steer_the_terminal(run: Run, command: str) -> None:
    with thoughtsearch.open("hostile.db") as store:
        store.add(HOSTILE, thought_type=HOSTILE, tags=[HOSTILE, "two\nlines"], metadata={HOSTILE: HOSTILE})
        store.connection.close()
    result = run(*command.split(), "-d", "hostile.db")
    assert result.exit_code == 0
    plain = result.stdout
    for code in ("0", "1", "2", "31", "32", "33", "36", "1;31", "31;1", "36;1", "31m\x1b[1"):
        if "--color" in command:
            plain = plain.replace(f"\x1b[{code}m", "") if "red" not in code else plain
    assert not {c for c in plain if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f" or c in "\u202e\u2066")}
    if command.startswith(("query", "recent", "show")):
        assert "a␛[31mred␇ b�2J c�drow d�e ␡" in plain


def test_json_holds_the_text_itself(run: Run) -> None:
    import json

    with thoughtsearch.open("hostile.db") as store:
        store.add(HOSTILE)
    printed = run("query", "end", "-d", "hostile.db", "--json").stdout
    assert json.loads(printed)["hits"][0]["thought"]["thought_content"] == HOSTILE.replace("\0", "\ufffd")
    assert not {c for c in printed if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f" or c in "\u202e\u2066")}
    assert "\x9b" not in run("export", "-d", "hostile.db").stdout
