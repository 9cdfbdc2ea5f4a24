from __future__ import annotations

import json
from pathlib import Path

import pytest

import thoughtsearch

from .conftest import Run

HIT_KEYS = {"id": int, "score": float, "snippet": dict, "agent": (str, type(None)), "thought": dict}
THOUGHT_KEYS = {
    "id": int,
    "ai_id": int,
    "session_id": (int, type(None)),
    "cycle_number": (int, type(None)),
    "thought_content": str,
    "thought_type": (str, type(None)),
    "tags": list,
    "metadata": dict,
    "created_at": (str, type(None)),
}


def check_shape(record: dict[str, object], shape: dict[str, object]) -> None:
    assert list(record) == list(shape)
    for name, kind in shape.items():
        assert isinstance(record[name], kind), name  # type: ignore[arg-type]


def test_json_is_one_object_of_a_fixed_shape(samples: Path, run: Run) -> None:
    result = run("query", "database", "locked", "--json", "--total", "--facet", "ai", "--facet", "time")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert list(record) == [
        "hits",
        "engine",
        "mode_requested",
        "mode_used",
        "warnings",
        "next_cursor",
        "total",
        "facets",
    ]
    assert list(record["facets"]) == ["ai", "time"]
    assert record["hits"][0]["id"] == 1
    for hit in record["hits"]:
        check_shape(hit, HIT_KEYS)
        check_shape(hit["thought"], THOUGHT_KEYS)
        check_shape(hit["snippet"], {"text": str, "start": int, "highlights": list})


def test_jsonl_is_one_hit_a_line(samples: Path, run: Run) -> None:
    lines = run("query", "sqlite", "--jsonl", "-n", "3").stdout.splitlines()
    assert len(lines) == 3
    for line in lines:
        check_shape(json.loads(line), HIT_KEYS)


def test_pages_follow_each_other(samples: Path, run: Run) -> None:
    first = json.loads(run("query", "sqlite", "--json", "-n", "2").stdout)
    second = json.loads(run("query", "sqlite", "--json", "-n", "2", "--cursor", first["next_cursor"]).stdout)
    both = json.loads(run("query", "sqlite", "--json", "-n", "4").stdout)
    assert [hit["id"] for hit in first["hits"] + second["hits"]] == [hit["id"] for hit in both["hits"]]


@pytest.mark.parametrize(
    ("options", "query"),
    [
        (["--ai", "1"], "ai:1"),
        (["--ai", "1", "--ai", "2"], "ai:1,2"),
        (["--session", "101"], "session:101"),
        (["--cycle", "2..4"], "cycle:2..4"),
        (["--type", "insight"], "type:insight"),
        (["--type", "insight", "--type", "question"], "type:insight,question"),
        (["--tag", "sqlite,etl"], "tag:sqlite,etl"),
        (["--tag", "sqlite", "--tag", "locking"], "tag:sqlite tag:locking"),
        (["--any-tag", "sqlite", "--any-tag", "etl"], "tag:sqlite,etl"),
        (["--not-tag", "sqlite", "--ai", "1"], "ai:1 -tag:sqlite"),
        (["--where", "step>=2"], "meta.step>=2"),
        (["--where", "step>=2", "--where", '{"status": "done"}'], "meta.step>=2 meta.status:done"),
        (["--since", "2026-02-01", "--until", "2026-02-20"], "since:2026-02-01 until:2026-02-20"),
    ],
)
def test_an_option_does_what_its_filter_in_the_text_does(samples: Path, run: Run, options: list[str], query: str) -> None:
    by_option = json.loads(run("query", "--json", "-n", "100", *options).stdout)
    by_text = json.loads(run("query", "--json", "-n", "100", "--", query).stdout)
    assert by_option["hits"]
    assert by_option["hits"] == by_text["hits"]


def test_all_wants_every_word(samples: Path, run: Run) -> None:
    either = json.loads(run("query", "write", "lock", "--json", "--total").stdout)["total"]
    both = json.loads(run("query", "write", "lock", "--json", "--total", "--all").stdout)["total"]
    assert 0 < both < either


def test_text_from_stdin(samples: Path, run: Run) -> None:
    assert run("query", "-", input="database locked\n").stdout == run("query", "database", "locked").stdout


def test_human_output(samples: Path, run: Run) -> None:
    result = run("query", "database", "locked", "-n", "1", "--total", "--facet", "tags", "--explain")
    heading, text, *rest = result.stdout.splitlines()
    assert heading.startswith("#1  ")
    assert heading.endswith("  2026-01-05 09:12Z  ai 1  session 101 cycle 1  question  [sqlite, locking, incident]")
    assert text.startswith("    Why is the database locked? The API")
    assert any("(tf " in line for line in rest)
    assert any(line.endswith(" thoughts match.") for line in rest)
    assert "Tags" in rest
    assert "\x1b" not in result.stdout
    assert "\x1b" not in run("query", "lock", "--explain").stdout


def test_full_prints_whole_thoughts(samples: Path, run: Run) -> None:
    with thoughtsearch.open(samples) as store:
        whole = store.get(1)
    assert whole is not None
    assert whole.thought_content in run("query", "database locked", "-n", "1", "--full").stdout
    assert whole.thought_content not in run("query", "database locked", "-n", "1").stdout


def test_colours_are_for_terminals_and_for_who_asks(samples: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in run("query", "lock").stdout
    assert "\x1b[" in run("query", "lock", "--color").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("query", "lock", color=True).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["xyzzyplugh"], "Nothing found. Try other words"),
        (["database", "xyzzyplugh", "--all"], "without --all"),
        (["lock", "--ai", "99"], "fewer filters"),
    ],
)
def test_nothing_found_says_what_to_try(samples: Path, run: Run, arguments: list[str], said: str) -> None:
    result = run("query", *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert said in result.stderr
    as_json = run("query", *arguments, "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["hits"] == []


def test_warnings_go_to_stderr(samples: Path, run: Run) -> None:
    result = run("query", 'lock "unfinished')
    assert result.stderr.startswith("note: ")
    assert run("query", 'lock "unfinished', "--strict").exit_code == 2


def test_a_word_to_leave_out_is_not_an_option(samples: Path, run: Run) -> None:
    result = run("query", "sqlite", "-postgres")
    assert result.exit_code == 2
    assert "put -- before the text: thoughtsearch query -- TEXT" in result.stderr
    assert run("query", "sqlite -postgres").exit_code == 0
    assert run("query", "--", "sqlite", "-postgres").exit_code == 0


def test_recent_is_newest_first(samples: Path, run: Run) -> None:
    hits = [json.loads(line) for line in run("recent", "-n", "5", "--jsonl").stdout.splitlines()]
    times = [hit["thought"]["created_at"] for hit in hits]
    assert len(times) == 5
    assert times == sorted(times, reverse=True)
    assert run("recent", "--ai", "99").exit_code == 1
    assert len(run("recent", "-n", "2", "--type", "insight", "--jsonl").stdout.splitlines()) == 2
