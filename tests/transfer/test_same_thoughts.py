"""What is in the target afterwards is what is in the source, whatever a careless writer put there."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.strategies import many_rows
from tests.world import ENGINES, World, kind_of, sqlite_world
from thoughtsearch.cli.jsontext import dumps
from thoughtsearch.engines.canonical import canonical
from thoughtsearch.engines.differences import differs
from thoughtsearch.engines.stored import moment_of

from .conftest import Ends, Way, fill, transfer

NUMBERS = (
    "1e400",
    "-1e-400",
    "0.1000000000000000000001",
    "12345678901234567890.5",
    "1e22",
    "-0.0",
    "1.50",
    "1" * 400,
)
STRANGE: list[dict[str, Any]] = [
    {"thought_content": ""},
    {"thought_content": " \n"},
    {"thought_content": "x" * 70_000 + " behind what is indexed"},
    {"thought_type": ""},
    {"tags": "a, b,a,, c "},
    {"metadata": "[1, 2"},
    {"metadata": "[1, 2]"},
    {"metadata": '"a text"'},
    {"metadata": '{"z": 1, "a": {"y": 2, "b": [{"d": 1, "c": 2}]}}'},
    {"metadata": '{"n": NaN}'},
    {"metadata": '{"lone": "\\ud800", "nul": "\\u0000", "n": 0.1000000000000000000001}'},
    {"metadata": '{"nul": "\\u0000", "half": "\\ud83d", "pair": "\\ud83d\\ude00"}'},
    {"metadata": '{"a": ' + "[" * 99 + "]" * 99 + "}"},
    {"metadata": '{"a": ' + "[" * 700 + "]" * 700 + "}"},
    {"metadata": '{"a": ' + '{"a":[' * 1_500 + "]}" * 1_500 + "}"},
    {"metadata": '{"a": ' + "[" * 700 + "]" * 700 + ', "a": 1}'},
    {"metadata": "[" * 2_000 + "]" * 2_000},
    {"metadata": '{"n": 1e140000, "a": 1}'},
    {"created_at": None},
    {"created_at": "2026-01-01T10:00:00.123456+02:00"},
    {"created_at": "0001-01-01 00:00:00"},
    *({"metadata": f'{{"step": {number}, "a": 1.0}}'} for number in NUMBERS),
]


def lines(world: World) -> list[str]:
    """What `export` writes."""
    return [dumps(canonical(thought).to_dict()) for thought in world.store.export()]


@settings(max_examples=15)  # each is a whole transfer with its verification, on each of the ways
@given(rows=many_rows(0, 8))
def test_the_target_says_the_same(way: Way, rows: list[dict[str, Any]]) -> None:
    with way.source() as source, way.target() as target:
        source.write(*rows)
        report = transfer(source, target)
        # A time that is none has no place in a column of times; all else has.
        assert {one.column for one in report.differing} <= {"created_at", "thought_content"}, report.to_dict()
        lost = {ident for one in report.differing for ident in one.ids}
        assert report.equal == (not lost), report.to_dict()
        assert all(differs("typed-values", target.kind) and _has_no_type(thought, source) for thought in lost)
        assert lines(target) == lines(source)


def _has_no_type(ident: int, source: World) -> bool:
    """Whether a column of texts or of times can't hold it."""
    row = source.execute("SELECT thought_content, created_at FROM ai_thought_history WHERE id = ?", (ident,))[0]
    return "\0" in row[0] or not hasattr(moment_of(row[1]), "year")


@pytest.mark.parametrize("row", STRANGE, ids=lambda row: str(row)[:40])
def test_strange_rows_keep_what_they_say(ends: Ends, row: dict[str, Any]) -> None:
    ends.source.write(row, {"thought_content": "a plain one"})
    report = ends.transfer()
    assert report.equal, report.to_dict()
    assert lines(ends.target) == lines(ends.source)


@pytest.mark.parametrize("between", [name for name in ENGINES if differs("typed-values", kind_of(name))])
def test_there_and_back_the_exports_are_identical(between: str) -> None:
    with sqlite_world() as first, ENGINES[between]() as middle, sqlite_world() as second:
        fill(first, 50)
        first.write(*STRANGE)
        assert transfer(first, middle).equal
        assert transfer(middle, second).equal
        assert lines(second) == lines(first) == lines(middle)
        # As texts in the files, tags and times that were written in another way than PostgreSQL gives them back differ.
        report = transfer(first, second, verify_only=True)
        assert {one.column for one in report.differing} <= {"tags", "created_at"}
        assert sum(one.count for one in report.differing) <= 2


def test_ids_far_apart_below_nought_and_at_the_limits(ends: Ends) -> None:
    ids = [-(2**63), -5, 0, 3, 2**40, 2**63 - 1]
    ends.source.write(*({"id": ident, "thought_content": f"number {ident}"} for ident in ids))
    assert ends.transfer(batch=2).equal
    assert [thought.id for thought in ends.target.store.export()] == ids


def test_new_thoughts_of_the_target_get_ids_behind_those(filled: Ends) -> None:
    filled.transfer()
    assert filled.target.store.add("one more") == 121


def test_a_number_written_with_an_exponent_is_the_same_number(ends: Ends) -> None:
    ends.source.write({"metadata": '{"step": 1E+2}'}, {"metadata": '{"step": 1e2, "a": -1e-3}'})
    assert ends.transfer().equal
    assert ends.target.found(where={"step": 100}) == [1, 2]


def test_an_empty_source(ends: Ends) -> None:
    assert ends.transfer().equal
    assert ends.target.store.add("the first") == 1


def test_the_file_of_the_source_is_not_written(tmp_path: Path) -> None:
    with sqlite_world() as source, sqlite_world() as target:
        fill(source, 30)
        source.store.close()
        before = hashlib.sha256(Path(source.url).read_bytes()).digest()
        assert transfer(source, target, brain_state=True).equal
        assert hashlib.sha256(Path(source.url).read_bytes()).digest() == before
