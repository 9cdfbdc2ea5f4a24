"""What lenient reading warns about, strict reading refuses, with the place."""

from __future__ import annotations

import pytest

from tests.world import World
from thoughtsearch import QueryError
from thoughtsearch.query.parse import MAX_DEPTH

#: What lenient warns about and strict refuses: where, and a word of why.
REFUSED = (
    ('lock "busy', 5, "quotation mark"),
    ("(lock", 0, "not closed"),
    ("lock )", 5, "closing parenthesis"),
    ("lock ()", 5, "is empty"),
    ("lock OR", 5, "nothing after"),
    ("lock AND", 5, "nothing after"),
    ("OR lock", 0, "nothing before"),
    ("lock NOT", 5, "nothing after"),
    ("cycle:x lock", 0, "whole number"),
    ("cycle:9..1", 0, "ends before"),
    ("cycle:abc", 0, "whole number"),
    ("since:someday", 0, "A time"),
    ("lock tags:sqlite", 5, "did you mean tag"),
    ("sesion:4", 0, "did you mean session"),
    ("(" * 40 + "a b" + " OR c)" * 40, MAX_DEPTH, "deeper"),
)


@pytest.mark.parametrize(("query", "position", "reason"), REFUSED)
def test_strict_refuses_with_the_position_what_lenient_warns_about(
    world: World, query: str, position: int, reason: str
) -> None:
    warnings = world.store.search(query).warnings
    assert any(reason in warning for warning in warnings), warnings
    with pytest.raises(QueryError, match=reason) as caught:
        world.store.search(query, strict=True)
    assert caught.value.position == position
    assert caught.value.text == query
    shown, caret = str(caught.value).split("\n")[1:]
    assert shown[len(caret) - 1 :] == query[position : position + len(shown) - len(caret) + 1]
    assert caret.strip() == "^"


@pytest.mark.parametrize(
    "query", ["http://x.org", "api:call", "std::vector", "12:30", "a:b", "lock OR job", '"a b"*', "-x", "()x"]
)
def test_what_is_plain_gives_no_warning(world: World, query: str) -> None:
    assert query == "()x" or world.store.search(query).warnings == ()


def test_the_caret_of_a_long_query_stands_under_its_place(world: World) -> None:
    query = "lock " * 100 + "(busy " + "job " * 50
    with pytest.raises(QueryError) as caught:
        world.store.search(query, strict=True)
    shown, caret = caught.value.caret().split("\n")
    assert shown[len(caret) - 1] == "("
    assert len(shown) <= 102
