from __future__ import annotations

import json
from typing import Any

import pytest

from thoughtsearch import InputError
from thoughtsearch.records import draft
from thoughtsearch.sources.mapping import FieldMapping


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
    assert mapped.keys() == {"thought_content", "metadata"}
    assert json.loads(mapped["metadata"]) == merged


def test_the_rest_is_refused_or_dropped() -> None:
    with pytest.raises(InputError, match="'page': not columns"):
        FieldMapping()({"thought_content": "x", "page": 3})
    assert FieldMapping(rest="drop")({"thought_content": "x", "page": 3}) == {"thought_content": "x"}


def test_a_field_that_a_mapping_replaces_is_rest() -> None:
    mapping = FieldMapping({"thought_content": "text"}, rest="drop")
    assert mapping({"thought_content": "old", "text": "new"}) == {"thought_content": "new"}


@pytest.mark.parametrize("moment", [1767323045, 1767323045.0, "1767323045", 1767323045_000, 1767323045_000_000_000])
def test_a_time_may_count_seconds(moment: Any) -> None:
    mapped = FieldMapping({"created_at": "ts"})({"thought_content": "x", "ts": moment})
    assert mapped["created_at"].isoformat() == "2026-01-02T03:04:05+00:00"


@pytest.mark.parametrize("moment", [5, -5, True, float("inf"), float("nan"), 10**400, "5"])
def test_a_number_that_is_no_time(moment: Any) -> None:
    with pytest.raises(InputError, match="created_at"):
        draft(FieldMapping()({"thought_content": "x", "created_at": moment}))
