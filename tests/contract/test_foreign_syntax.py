"""What is syntax elsewhere and isn't here: a warning that says what to write instead, and an error where strict."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World
from thoughtsearch import InputError, QueryError

#: A query text, and what its warning must name.
TEXTS = (
    ("lock~2", "lock*"),
    ("lock~", "lock*"),
    ("lock~0.8", "lock*"),
    ("lock^2 wal", "as often as it is written"),
    ("status:*", "$exists"),
    ("migrat:*", "migrat*"),
    ("NEAR(lock wal, 5)", '"a b"'),
    ("lock NEAR/5 wal", '"a b"'),
    ('"database locked"~3', "as it stands"),
    ('"database locked"^2', "as often as it is written"),
    ("lock && wal", "AND"),
    ("lock || wal", "OR"),
    ("lock&&wal", "AND"),
    ("lock & wal", "AND"),
    ("lock | !wal", "OR"),
    ("lock <-> wal", '"a b"'),
    ("lock !wal", "-wal"),
    ("step [1 TO 5]", "meta.step>=1"),
    ("meta.step:[1 TO 5]", "meta.step>=1"),
    ("/lock(ed)?/", "regular expression"),
    ("wild*card", "wild*"),
    ("*lock", "lock*"),
    ("w?ld lo?k", "lo*"),
    ("^lock", "lock"),
    ("thought_type:insight", "type:"),
    ("metadata.step>=3", "meta.step>=3"),
    ("step__gte=3", "meta.step"),
    ('{"step": {"$gte": 1}}', "--where"),
    ("tag:sql*", "whole"),
    ("tag:*", "$exists"),
    ("type:'insight'", "double"),
    ("tag:(a OR b)", "(tag:a OR tag:b)"),
    ("meta.step>>3", ">="),
    ("meta.step=~x", "signs"),
    ("meta.step<>3", "signs"),
    ("meta.step:1..5", "meta.step<=5"),
    ("meta.status:done,failed", "$in"),
    ("meta.status:don*", "whole"),
)
PLAIN = (
    *(
        "lock*",
        '"wild*card"',
        "C++",
        "a*b",
        "2^10",
        "x^2",
        "HEAD~1 HEAD^",
        "O(n^2)",
        "~/x",
        "/usr/lib/",
        "/api/v1/",
        "*.py",
    ),
    *("**kwargs *args", "R & D", "Q&A", "what?", "a != b", "->", "[x]", "f(x)", "#!/bin/sh", "tag:a,b", "cycle:1..5", "!="),
    *(
        "meta.step==3",
        'meta.status:"a*"',
        "meta.ratio>=-1.5",
        "a-b",
        "foo::bar",
        "x = y;",
        "lock AND NOT wal",
        "^1.2.3",
        "~2",
    ),
    "how do I use foo~2 and a && b in the query of Lucene",
    'why does the shell say "a && b || c" here',
)
WHERE: tuple[tuple[Any, str], ...] = (
    ({"step": {"gte": 1}}, '"$gte"'),
    ({"step": {"gt": 1, "lt": 5}}, '"$gt"'),
    ({"step": {">=": 1}}, "$gte"),
    ({"step": {"$not": {"in": [1]}}}, '"$in"'),
    ({"NOT": {"step": 1}}, "$not"),
    ({"AND": [{"step": 1}, {"a": 2}]}, "$and"),
    ({"or": [{"step": 1}]}, "$or"),
    ({"$or": [{"must_not": {"step": 1}}]}, "$not"),
    ({"step__gte": 1}, "$gte"),
    ({"step >=": 1}, "$gte"),
    ('{"step": {"gte": 1}}', '"$gte"'),
    ("step>>3", "signs"),
    ("step=~x", "signs"),
    ("step:>=3", "signs"),
    ("status='done'", "double"),
    ("status:don*", "whole"),
    ("step>=1 AND step<=5", "one by one"),
    (["step:1", "status:a,b"], "$in"),
)
PLAIN_WHERE: tuple[Any, ...] = (
    *(
        {"step": 1},
        {"step": {"a": 1}},
        {"and": 1},
        {"NOT": "x"},
        {"filter": {}},
        {"step": {"in": 1, "out": 2}},
        {"step": {}},
    ),
    *("step>=3", "step==3", 'status:"a*"', 'status:"x and y=z"', {"a_b": 1}, {"$and": []}, [], {"step": {"$gte": 1}}),
)


@pytest.mark.parametrize(("query", "advice"), TEXTS)
def test_syntax_of_other_languages_gives_a_warning_and_is_refused_where_strict(
    world: World, query: str, advice: str
) -> None:
    warnings = world.store.search(query).warnings
    assert any(advice in warning for warning in warnings), warnings
    with pytest.raises(QueryError):
        world.store.search(query, strict=True)


@pytest.mark.parametrize("query", PLAIN)
def test_what_is_no_syntax_anywhere_or_is_ours_gives_none(world: World, query: str) -> None:
    assert not [one for one in world.store.search(query).warnings if "there is no" in one]


@pytest.mark.parametrize("where", [where for where, _ in WHERE], ids=str)
def test_predicates_of_other_languages_give_a_warning_and_are_refused_where_strict(world: World, where: Any) -> None:
    (advice,) = [advice for one, advice in WHERE if one is where]
    (warning,) = world.store.search("x", where=where).warnings
    assert advice in warning
    with pytest.raises(InputError):
        world.store.search("x", where=where, strict=True)


@pytest.mark.parametrize("where", PLAIN_WHERE, ids=str)
def test_predicates_of_ours_give_none(world: World, where: Any) -> None:
    assert world.store.search("x", where=where, strict=True).warnings == ()


@pytest.mark.parametrize("operator", ["$like", "$regex", "$size", "$type", "$", "$GTE", "$nor"])
def test_an_unknown_operator_is_refused_with_the_names_of_those_there_are(world: World, operator: str) -> None:
    for where in ({"step": {operator: 1}}, {"step": {"$not": {operator: 1}}}):
        with pytest.raises(InputError, match=r"there are .*\$gte"):
            world.store.search(where=where)
    with pytest.raises(InputError, match=r"\$and \$or \$not"):
        world.store.search(where={operator: [{"step": 1}]})


def test_a_comma_between_tags_means_either_on_every_face(world: World) -> None:
    world.write({"tags": "a"}, {"tags": "b"}, {"tags": "c"}, {"tags": "a,b"})
    either: tuple[dict[str, Any], ...] = ({"tags": ["a,b"]}, {"any_tags": ["a, b"]}, {"any_tags": ["a", "b,"]})
    for options in either:
        assert world.found(**options) == [1, 2, 4]
    assert world.found(tags=["a,b", "b,c"]) == [2, 4]
    assert world.found(not_tags=["a,b"]) == [3]
    assert world.found("tag:a,b") == world.found('tag:"a,b"') == [1, 2, 4]
    assert world.found(tags=[" a "]) == [1, 4]
    assert world.found(tags=[","]) == []
