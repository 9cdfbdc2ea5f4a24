"""The indexes are used: the very statements of a search, EXPLAINed with their parameters, by a planner left as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import chain
from typing import Any, TypeVar, cast

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import Server
from tests.postgres.tools import execute
from thoughtsearch import Thought
from thoughtsearch.engines.contract.dialect import Dialect
from thoughtsearch.engines.contract.statement import Plan, Statement
from thoughtsearch.pipeline.query import parse_request
from thoughtsearch.pipeline.retrieval import retrieve
from thoughtsearch.query.cursor import Cursor
from thoughtsearch.query.request import request

T = TypeVar("T")
THOUGHTS = 8_000
NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def filled(server: Server) -> Iterator[str]:
    """The URL of a database with so many thoughts that looking at each is no plan."""
    url = server.create_database("plans")
    with thoughtsearch.open(url) as store:
        store.add_many(
            {
                "thought_content": f"thought {n} on w{n % 400} and w{n % 401}, with the usual filler " + "of words " * 20,
                "ai_id": n % 200,
                "session_id": n % 500,
                "thought_type": "insight",
                "tags": [f"t{n % 300}", "all"],
                "metadata": {"step": n, "name": f"n{n % 250}", "deep": {"key": n % 350}},
                "created_at": f"2026-{1 + n % 5:02d}-{1 + n % 28:02d}T{n % 24:02d}:00:00+00:00",
            }
            for n in range(THOUGHTS)
        )
    execute(url, "VACUUM ANALYZE ai_thought_history")  # as autovacuum does
    yield url
    server.drop("plans")


def asked(plan: Plan[T], store: thoughtsearch.Store) -> tuple[T, list[Statement]]:
    """What the plan returns, and its statements."""
    made: list[Statement] = []

    def watched() -> Plan[T]:
        try:
            statement = next(plan)
            while True:
                made.append(statement)
                statement = plan.send((yield statement))
        except StopIteration as stop:
            return cast(T, stop.value)

    return store.connection.run(watched()), made


def statements(store: thoughtsearch.Store, query: str, options: Any, cursor: Cursor | None = None) -> list[Statement]:
    """What the dialect yields for one page."""
    return asked(store.dialect.page(request(query, options).parsed(NOW).node, 10, cursor), store)[1]


def indexes(node: Any) -> set[str]:
    """The indexes of a plan, and the tables that it reads from end to end."""
    found = {node["Index Name"]} if "Index Name" in node else set()
    if node["Node Type"] == "Seq Scan":
        found.add(f"all of {node['Relation Name']}")
    for child in node.get("Plans", ()):
        found |= indexes(child)
    return found


def used(url: str, query: str = "", cursor: Cursor | None = None, **options: Any) -> set[str]:
    """The indexes that the last statement of the search uses: the one that finds the page."""
    with thoughtsearch.open(url) as store:
        statement = statements(store, query, options, cursor)[-1]
    with psycopg.connect(url, prepare_threshold=None) as connection:
        assert connection.execute("SHOW enable_seqscan").fetchall() == [("on",)]
        sql = "EXPLAIN (FORMAT JSON) " + statement.sql
        rows = connection.execute(sql.encode(), statement.parameters).fetchall()
    plan = rows[0][0]
    return indexes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a word": ("w17", {}, "search"),
    "words": ("w17 w18 w19", {}, "search"),
    "all words": ("w17 w18", {"match": "all"}, "search"),
    "a phrase": ('"thought 17 on"', {}, "search"),
    "a prefix": ("w17*", {}, "search"),
    "a word and not another": ("w17 -w18", {}, "search"),
    "a word in all thoughts of an agent": ("w17 ai:17", {}, "search"),
    "a tag": ("", {"tags": ["t17"]}, "tags"),
    "two tags": ("", {"tags": ["t17", "all"]}, "tags"),
    "a value": ("", {"where": {"name": "n17"}}, "metadata"),
    "a number": ("", {"where": {"step": 17}}, "metadata"),
    "a value deep inside": ("", {"where": "deep.key=17"}, "metadata"),
    "an agent": ("ai:17", {}, "agent"),
    "an agent in a session": ("ai:17 session:17", {}, "agent"),
    "a session": ("session:17", {}, "session"),
    "the newest": ("", {}, "created"),
    "a time": ("", {"since": "2026-02-03", "until": "2026-02-04"}, "created"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_index_is_used(filled: str, name: str) -> None:
    query, options, index = CASES[name]
    found = used(filled, query, **options)
    assert f"ai_thought_history_{index}" in found
    assert "all of ai_thought_history" not in found


def test_a_list_that_is_continued_uses_it_too(filled: str) -> None:
    last = Cursor("", NOW, last=("2026-03-03 03:00:00", 77))
    assert used(filled, "", last) == {"ai_thought_history_created"}
    assert "ai_thought_history_search" in used(filled, "w17", Cursor("", NOW, seen=(1, 2, 3), newest=7_000))


def _looking_up(dialect: Dialect, thought: Thought) -> tuple[Plan[Any], ...]:
    assert thought.id is not None
    return dialect.get(thought.id), dialect.neighbours(thought, 3), dialect.export(thought.id, 100)


def test_a_thought_and_its_neighbours_are_looked_up(filled: str) -> None:
    with thoughtsearch.open(filled) as store, psycopg.connect(filled, prepare_threshold=None) as connection:
        thought = store.get(4_000)
        assert thought is not None
        dialect = store.dialect
        made = [asked(plan, store)[1] for plan in _looking_up(dialect, thought)]
        for statement in chain(*made):
            sql = "EXPLAIN (FORMAT JSON) " + statement.sql
            plan = connection.execute(sql.encode(), statement.parameters).fetchall()[0][0]
            found = indexes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
            assert found <= {"ai_thought_history_pkey", "ai_thought_history_agent", "ai_thought_history_session"}
            assert found


@pytest.mark.parametrize(("query", "count"), [("w17", 3), ("w17 w18", 3), ("w17 w18 ai:17", 4), ("tag:t17", 2)])
def test_a_search_asks_little(filled: str, query: str, count: int) -> None:
    """Agents, counts and the page; how many thoughts filters leave, where pruning depends on it; the newest id."""
    with thoughtsearch.open(filled) as store:
        found, made = asked(retrieve(store.dialect, parse_request(request(query, {"limit": 100}))), store)
        assert found.candidates["text"]
        assert found.newest is None
        assert len(made) == count
        found, made = asked(retrieve(store.dialect, parse_request(request(query, {"limit": 1}))), store)
        assert len(found.candidates["text"]) == 2
        assert len(made) == (count if query.startswith("tag:") else count + 1)


def test_how_much_filters_leave_is_estimated(filled: str) -> None:
    with thoughtsearch.open(filled) as store:
        for query, least, most in (("ai:17", 20, 80), ("tag:all", 7_000, 8_000)):
            node = request(query, {}).parsed(NOW).node
            found, _ = asked(store.dialect.estimated(node), store)
            assert found is not None
            assert least <= found <= most, query
