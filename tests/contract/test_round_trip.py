"""What is exported can be added elsewhere, and is then the same thought."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from tests.strategies import many_rows
from tests.world import Fresh, World, record

#: Numbers beyond a double have their own test below; a lone surrogate is replaced on its way in.
UNLIKE = re.compile("e4|e9|ud800|00000001", re.IGNORECASE)


@given(rows=many_rows(1, 4))
def test_an_exported_thought_can_be_added_elsewhere_and_is_the_same(fresh: Fresh, rows: list[dict[str, Any]]) -> None:
    with fresh() as world, fresh() as other:
        world.write(*(row for row in rows if row["thought_content"].strip() and not UNLIKE.search(str(row["metadata"]))))
        thoughts = list(world.store.export())
        assert other.store.add_many(thoughts) == len(thoughts)
        for before, after in zip(thoughts, other.store.export(), strict=True):
            changes: dict[str, Any] = {} if before.created_at else {"created_at": after.created_at}
            if not before.thought_type:
                changes["thought_type"] = after.thought_type
            assert record(after) == record(before) | changes
            assert after.metadata_text == before.metadata_text


@pytest.mark.parametrize("number", ["1e400", "-1e400", "0.1000000000000000000001", "12345678901234567890.5", "1e-400"])
def test_numbers_beyond_a_double_are_found_as_written_and_survive_the_way(world: World, number: str) -> None:
    world.write({"metadata": f'{{"step": {number}}}'})
    assert world.found(where=f"step={number}") == [1]
    (thought,) = world.store.export()
    world.store.add(thought)
    assert world.found(where=f"step={number}") == [1, 2]
