from __future__ import annotations

import json
from pathlib import Path

import pytest

import thoughtsearch
from thoughtsearch import Thought

from .conftest import Run


def test_it_copies_and_compares(samples: Path, run: Run) -> None:
    with thoughtsearch.open(samples) as store:
        store.name_agents({1: "Ada"})
    result = run("transfer", str(samples), "copy.db")
    assert result.exit_code == 0
    first, *lines, last = result.stdout.splitlines()
    assert first.startswith("Transferred 93 thoughts in ")
    assert last == "Both say the same."
    assert [line.split()[0] for line in lines] == ["equal"] * len(lines)
    assert "thoughts: 93 (ids 1 to 93)" in result.stdout
    assert "checksums: 1 range of ids" in result.stdout
    assert "the same hits in the same order, scores at most 0e+00 apart" in result.stdout
    assert run("transfer", str(samples), "copy.db").stdout.startswith("Transferred 0 thoughts.\n")
    run("export", "one.jsonl", "-d", str(samples))
    run("export", "other.jsonl", "-d", "copy.db")
    assert Path("one.jsonl").read_bytes() == Path("other.jsonl").read_bytes()


def test_what_differs_is_said_and_is_the_exit_code(samples: Path, run: Run) -> None:
    run("transfer", str(samples), "copy.db")
    with thoughtsearch.open("copy.db") as store:
        store.add("one more \x1b[31m")
    result = run("transfer", str(samples), "copy.db", "--verify-only")
    assert result.exit_code == 1
    assert "DIFFERENT  thoughts: 93 (ids 1 to 93) and 94 (ids 1 to 94)" in result.stdout
    assert "ids 1 to 94: 94" in result.stdout
    assert result.stdout.endswith("They differ.\n")


def test_json(samples: Path, run: Run) -> None:
    said = json.loads(run("transfer", str(samples), "copy.db", "--json").stdout)
    assert said["equal"]
    assert (said["stored"], said["present"]) == (93, 0)
    assert said["source"] == said["target"] == {"thoughts": 93, "first_id": 1, "last_id": 93}
    assert [part["equal"] for part in said["ranges"]] == [True]
    assert len(said["queries"]) > 15
    assert all(query["same_hits"] for query in said["queries"])
    assert "stored" not in json.loads(run("transfer", str(samples), "copy.db", "--json", "--verify-only").stdout)


def test_new_ids(samples: Path, run: Run) -> None:
    with thoughtsearch.open("mine.db") as store:
        store.add("mine")
    refused = run("transfer", str(samples), "mine.db")
    assert refused.exit_code == 2
    assert "Thought 1 of mine.db is another one" in refused.stderr
    assert "--new-ids" in refused.stderr
    result = run("transfer", str(samples), "mine.db", "--new-ids")
    assert result.exit_code == 0
    assert "thoughts: 93 in the source, 93 of them taken; 94 in the target" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["absent.db", "copy.db"], 3, "There is no database at absent.db."),
        (["samples.db", "samples.db"], 2, "both what is read and what is written"),
        (["samples.db", "mysql://x/y"], 2, "knows sqlite:/// and postgresql:// URLs"),
        (["samples.db", "sqlite://"], 2, "A database in memory"),
        (["samples.db", "absent/copy.db"], 3, "The folder of absent/copy.db does not exist"),
        (["samples.db", "absent.db", "--verify-only"], 3, "There is no database at absent.db."),
        (["samples.db"], 2, "TARGET_URL"),
        (["samples.db", "copy.db", "--new-ids", "--verify-only"], 2, "give one of the two options"),
        (["samples.db", "copy.db", "--batch", "0"], 2, "--batch"),
    ],
)
def test_what_can_not_be_done(samples: Path, run: Run, arguments: list[str], code: int, said: str) -> None:
    result = run("transfer", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not Path("absent.db").exists()


def test_an_export_writes_keys_in_order(run: Run) -> None:
    with thoughtsearch.open("a.db") as store:
        store.add("x", metadata={"z": 1, "a": {"y": -0.0, "b": 1e22}})
        store.add(Thought("x", metadata_text='{"z": 0.1000000000000000000001, "a": 1e400}'))
    run("export", "out.jsonl", "-d", "a.db")
    first, second = Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    assert '"metadata": {"a": {"b": 10000000000000000000000, "y": 0.0}, "z": 1}' in first
    assert json.loads(second)["metadata_text"].startswith('{"a":1000')
    run("import", "out.jsonl", "-d", "b.db")
    run("export", "again.jsonl", "-d", "b.db")
    assert Path("again.jsonl").read_bytes() == Path("out.jsonl").read_bytes()
