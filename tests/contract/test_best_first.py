"""However an engine finds the best of many, they are the best of all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import Fresh, World
from thoughtsearch.pipeline import lexical as maxscore
from thoughtsearch.query.request import request

LETTERS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6)
EXTRAS = st.sampled_from(["", "", " ai:1", " -wh", " +wc", " tag:even", " meta.step>300"])


def said(number: int) -> str:
    held = [f"w{letter} " * (1 + number // 7 % 3) for i, letter in enumerate("abcdefgh") if number % (1 + i**3) == 0]
    return "".join(held) + "x " * (number % 5) + "end"


@pytest.fixture(scope="module")
def big(fresh: Fresh) -> Iterator[World]:
    """So many thoughts that shortcuts are taken; wa is in each, wh in few."""
    with pytest.MonkeyPatch.context() as patch, fresh() as world:
        patch.setattr(maxscore, "WORTHWHILE", 100)
        world.store.add_many(
            {"thought_content": said(n), "ai_id": n % 2, "tags": ["even"] * (n % 2 == 0), "metadata": {"step": n}}
            for n in range(600)
        )
        yield world


@given(letters=LETTERS, extra=EXTRAS, limit=st.integers(1, 40))
def test_the_first_hits_are_the_best_of_all(big: World, letters: list[str], extra: str, limit: int) -> None:
    query = " ".join(f"w{letter}" for letter in letters) + extra
    every = big.ranked(request(query, {}).parsed(datetime.now(timezone.utc)).node)
    found = big.store.search(query, limit=limit, total=True)
    assert [hit.id for hit in found] == [ident for ident, _ in every[:limit]]
    assert [hit.score for hit in found] == pytest.approx([score for _, score in every[:limit]])
    assert found.total == len(every)
    assert (found.next_cursor is not None) == (len(every) > limit)


@given(letters=LETTERS, extra=EXTRAS)
def test_pages_joined_are_the_whole_list(big: World, letters: list[str], extra: str) -> None:
    query = " ".join(f"w{letter}" for letter in letters) + extra
    whole = [hit.id for hit in big.store.search(query, limit=100)]
    joined: list[int] = []
    cursor = None
    while len(joined) < len(whole):
        page = big.store.search(query, limit=17, cursor=cursor)
        joined += [hit.id for hit in page]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert joined[:100] == whole
