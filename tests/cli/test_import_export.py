from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

import thoughtsearch
from thoughtsearch import Thought

from .conftest import Run


def all_thoughts(path: str | Path) -> list[Thought]:
    with thoughtsearch.open(path) as store:
        return list(store.export())


def without_id(thought: Thought) -> dict[str, object]:
    return {name: value for name, value in thought.to_dict().items() if name != "id"}


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.jsonl.gz", "out.csv.gz"])
def test_round_trip(samples: Path, run: Run, name: str) -> None:
    odd = {
        "thought_content": 'Odd: "quoted", comma\r\nand\ttab\u2028\x85\x1b[31m ü 漢字 🙂',
        "thought_type": "a,b",
        "tags": ["x y", "z"],
        "metadata": {"n": 0.1, "deep": [{"ü": None}], "esc": "\x9b"},
    }
    with thoughtsearch.open(samples) as store:
        store.add_many([odd])
    assert run("export", name).stderr == f"Exported 94 thoughts to {name}.\n"
    assert run("import", name, "-d", "copy.db").stdout == "Stored 94 thoughts.\n"
    assert list(map(without_id, all_thoughts("copy.db"))) == list(map(without_id, all_thoughts(samples)))


def test_metadata_that_is_no_object_makes_the_round_trip(run: Run) -> None:
    with thoughtsearch.open("a.db") as store:
        store.add(Thought("Text.", metadata_text="[1, 2"))
    for name in ("out.jsonl", "out.csv"):
        run("export", name, "-d", "a.db")
        run("import", name, "-d", name + ".db")
        assert all_thoughts(name + ".db")[0].metadata_text == "[1, 2"


def test_export_to_stdout(samples: Path, run: Run) -> None:
    lines = run("export").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(1, 94))
    assert run("export", "-", "--format", "csv").stdout.startswith("id,ai_id,session_id,")


def test_export_replaces_only_when_told(samples: Path, run: Run) -> None:
    Path("out.jsonl").write_text("precious", encoding="utf-8")
    refused = run("export", "out.jsonl")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert Path("out.jsonl").read_text(encoding="utf-8") == "precious"
    assert run("export", "out.jsonl", "--force").exit_code == 0
    assert len(Path("out.jsonl").read_bytes().splitlines()) == 93


def test_a_failed_export_leaves_nothing(samples: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out.jsonl").write_text("precious", encoding="utf-8")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    result = run("export", "out.jsonl", "--force")
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert Path("out.jsonl").read_text(encoding="utf-8") == "precious"
    assert not list(Path().glob("*.part"))


def write_lines(name: str, lines: Sequence[object]) -> None:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    Path(name).write_text(text + "\n", encoding="utf-8")


def test_a_bad_line_stops_and_its_batch_is_not_stored(run: Run) -> None:
    good = {"thought_content": "good"}
    write_lines("in.jsonl", [good] * 1_500 + ['{"thought_content": '] + [good] * 10)
    result = run("import", "in.jsonl", "-d", "new.db", "--on-error", "stop")
    assert result.exit_code == 2
    assert result.stderr.startswith("in.jsonl:1501: This is not JSON: ")
    assert "Stored 1,000 thoughts before its batch." in result.stderr
    assert len(all_thoughts("new.db")) == 1_000


def test_bad_lines_are_left_out(run: Run) -> None:
    good = {"thought_content": "good"}
    write_lines("in.jsonl", [good, {"thought_content": " "}, "", "[]", {"cycle_number": "x", "thought_content": "y"}, good])
    result = run("import", "in.jsonl", "-d", "new.db")
    assert result.exit_code == 0
    assert [line.split(" ")[0] for line in result.stderr.splitlines()] == ["in.jsonl:2:", "in.jsonl:4:", "in.jsonl:5:"]
    assert result.stdout == "Stored 2 thoughts; left out 3.\n"


def test_lines_of_a_csv_with_line_breaks_in_cells(run: Run) -> None:
    Path("in.csv").write_text(
        'thought_content,cycle_number\n"one\ntwo\n\nthree",1\nfine,2\n"a\nb",seven\n', encoding="utf-8"
    )
    result = run("import", "in.csv", "-d", "new.db", "--on-error", "stop")
    assert result.exit_code == 2
    assert result.stderr.startswith("in.csv:7: cycle_number takes a whole number; got 'seven'.\n")
    assert "Nothing was stored." in result.stderr
    assert all_thoughts("new.db") == []
    run("import", "in.csv", "-d", "new.db")
    assert [thought.thought_content for thought in all_thoughts("new.db")] == ["one\ntwo\n\nthree", "fine"]


def test_mapping(run: Run) -> None:
    Path("in.csv").write_text('text,kind,page,tags\nFirst.,idea,3,"a,b"\n', encoding="utf-8")
    arguments = ("import", "in.csv", "-d", "new.db", "--map", "thought_content=text", "--map", "thought_type=kind")
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert "'page': not columns" in refused.stderr
    run(*arguments, "--meta-rest", "--set", "ai_id=5")
    assert run(*arguments, "--drop-rest").stdout == "Stored 0 thoughts; 1 was there already.\n"
    run(*arguments, "--drop-rest", "--again")
    kept, dropped = all_thoughts("new.db")
    assert (kept.thought_content, kept.thought_type, kept.ai_id, kept.tags) == ("First.", "idea", 5, ("a", "b"))
    source = {"from": "csv", "id": kept.metadata["source"]["id"], "file": "in.csv"}
    assert (kept.metadata, dropped.metadata) == ({"page": "3", "source": source}, {"source": source})


def test_names_become_numbers_that_stay_and_are_kept(run: Run) -> None:
    line = {"text": "First.", "agent": "swe-agent", "session": "run/1", "source": "mint", "tool": "bash"}
    write_lines("in.jsonl", [line, {**line, "session": "run/2"}])
    options = ("ai_id=agent", "session_id=session", "thought_content=text", "tags=source,tool")
    for more in ((), ("--again",)):
        run("import", "in.jsonl", "-d", "new.db", *more, *(word for option in options for word in ("--map", option)))
    first, second, again, _ = all_thoughts("new.db")
    assert (first.metadata["agent"], first.metadata["session"]) == ("swe-agent", "run/1")
    assert first.metadata["source"]["from"] == "jsonl"
    assert first.tags == ("mint", "bash")
    assert first.ai_id == second.ai_id == again.ai_id
    assert first.session_id == again.session_id != second.session_id
    found = run("query", "-d", "new.db", "--ai", "SWE-agent", "--session", "run/2", "--json").stdout
    assert [hit["agent"] for hit in json.loads(found)["hits"]] == ["swe-agent"] * 2


def test_an_unknown_time_stays_unknown(run: Run) -> None:
    write_lines("in.jsonl", [{"thought_content": "When?", "created_at": None}, {"thought_content": "Now."}])
    run("import", "in.jsonl", "-d", "new.db")
    unknown, now = all_thoughts("new.db")
    assert unknown.created_at is None
    assert now.created_at is not None


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--map", "nothing=text"], "'nothing' is not a column of a thought"),
        (["--set", "nothing=1"], "'nothing' is not a column of a thought"),
        (["--map", "tags"], "with = between"),
        (["--map", "tags=a", "--map", "tags=b"], "twice"),
        (["--map", "tags=a", "--set", "tags=b"], "both a field and a constant"),
    ],
)
def test_a_mapping_that_can_not_be_used(run: Run, option: list[str], said: str) -> None:
    Path("in.csv").write_text("text\nx\n", encoding="utf-8")
    result = run("import", "in.csv", "-d", "new.db", *option)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not Path("new.db").exists()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("text", ['{"thought_content": "Text."}\n', "thought_content,tags\nText.,a\n"])
def test_import_from_stdin_finds_the_format_out(run: Run, text: str, packed: bool) -> None:
    content = b"\xef\xbb\xbf" + text.encode()
    result = run("import", "-", "-d", "new.db", input=gzip.compress(content) if packed else content)
    assert result.stdout == "Stored 1 thought.\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file in.jsonl."),
        (gzip.compress(b'{"thought_content": "x"}\n' * 99, mtime=0)[:-12], "in.jsonl is a damaged gzip file"),
    ],
)
def test_a_file_that_can_not_be_read(run: Run, content: bytes | None, said: str) -> None:
    if content is not None:
        Path("in.jsonl").write_bytes(content)
    result = run("import", "in.jsonl", "-d", "new.db")
    assert result.exit_code == 2
    assert said in result.stderr
