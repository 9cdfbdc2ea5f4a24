from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import thoughtsearch
from thoughtsearch import InputError
from thoughtsearch.sources.entry import Entry
from thoughtsearch.sources.loading import BadLine, Loading
from thoughtsearch.sources.mapping import FieldMapping


def entries(count: int, bad: int | None = None) -> list[Entry]:
    return [(line, {"thought_content": "" if line == bad else f"thought {line}"}) for line in range(1, count + 1)]


@pytest.mark.parametrize(("bad", "stored"), [(1, 0), (1_000, 0), (1_001, 1_000), (2_500, 2_000)])
def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path, bad: int, stored: int) -> None:
    with thoughtsearch.open(tmp_path / "new.db") as store:
        loading = Loading(store)
        with pytest.raises(BadLine) as caught:
            loading.run(entries(2_500, bad))
        assert caught.value.line == bad
        assert loading.stored == store.stats()["thoughts"] == stored


def test_bad_lines_are_skipped_and_told(tmp_path: Path) -> None:
    told: list[BadLine] = []
    steps: list[int] = []
    with thoughtsearch.open(tmp_path / "new.db") as store:
        loading = Loading(store, skip=told.append)
        loading.run([(7, InputError("unreadable")), *entries(1_500, 3)], lambda: steps.append(loading.stored))
        assert (loading.stored, loading.skipped) == (1_499, 2)
        assert store.stats()["thoughts"] == 1_499
    assert steps == [1_000, 1_499]
    assert [(bad.line, bad.reason.partition(":")[0]) for bad in told] == [(7, "unreadable"), (3, "A thought needs words")]


def test_fields_become_columns() -> None:
    mapping = FieldMapping({"thought_content": "text", "tags": "kind"}, {"ai_id": 5, "thought_type": "note"})
    record: dict[str, Any] = {"text": "x", "kind": "a,b", "cycle_number": 3, "id": 9}
    assert mapping(record) == {
        "thought_content": "x",
        "tags": "a,b",
        "cycle_number": 3,
        "id": 9,
        "ai_id": 5,
        "thought_type": "note",
    }


@pytest.mark.parametrize(
    ("metadata", "merged"),
    [
        (None, {"page": 3, "step": 1}),
        ({"step": 2}, {"page": 3, "step": 2}),
        ('{"step": 2}', {"page": 3, "step": 2}),
    ],
)
def test_the_rest_goes_into_the_metadata(metadata: object, merged: object) -> None:
    mapped = FieldMapping(rest="metadata")({"thought_content": "x", "page": 3, "step": 1, "metadata": metadata})
    assert mapped == {"thought_content": "x", "metadata": merged}


def test_the_rest_is_refused_or_dropped() -> None:
    with pytest.raises(InputError, match="'page': not columns"):
        FieldMapping()({"thought_content": "x", "page": 3})
    assert FieldMapping(rest="drop")({"thought_content": "x", "page": 3}) == {"thought_content": "x"}


def test_a_field_that_a_mapping_replaces_is_rest() -> None:
    mapping = FieldMapping({"thought_content": "text"}, rest="drop")
    assert mapping({"thought_content": "old", "text": "new"}) == {"thought_content": "new"}
