"""Row security of the thoughts: a search obeys it or is refused, and nothing tells of thoughts that it hides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.postgres.rights import BESIDE, BYPASSING, INSERT, OWNER, READER, owned, ready, role, superuser
from tests.postgres.server import Server
from tests.postgres.tools import execute
from thoughtsearch import DatabaseUnavailable, MissingFeature, Results, ThoughtsearchError
from thoughtsearch.embedders.finding import opened
from thoughtsearch.location import parse
from thoughtsearch.operations.backfill.job import Backfill
from thoughtsearch.operations.doctor import Doctor
from thoughtsearch.operations.embedding import EmbeddingBackfill

COUNT, ALLOWED = 199, 34
SECURED = (
    "CREATE POLICY mine ON ai_thought_history USING (ai_id = 1)",
    "ALTER TABLE ai_thought_history ENABLE ROW LEVEL SECURITY",
)
FORCED = (*SECURED, "ALTER TABLE ai_thought_history FORCE ROW LEVEL SECURITY")


def filled(server: Server, shape: str, *secured: str) -> Iterator[str]:
    with owned(server, shape) as url:
        execute(
            url,
            "DELETE FROM ai_thought_history",
            INSERT.replace("VALUES", f"SELECT n, CASE WHEN n <= {ALLOWED} THEN 1 ELSE 2 END, 'a lock ' || ")
            + "CASE WHEN n <= 34 THEN 'of mine' ELSE 'hidden' END, 'insight', "
            + ("'{t}'" if shape == "own" else "'t'")
            + f" FROM generate_series(1, {COUNT}) AS n",
        )
        if shape == "adopted earlier":
            ready(url)
        with thoughtsearch.open(url) as store:  # before there is a policy
            store.add_many([])
        initialised = "SELECT count(*) FROM ai_thought_history"
        assert execute(url, initialised)[0][0] == COUNT
        ready(url)
        execute(superuser(url), "ANALYZE")
        if secured:
            execute(url, *secured)
        yield url


@pytest.fixture(params=["own"])
def own(request: pytest.FixtureRequest, server: Server) -> Iterator[str]:
    """A table of our own, on which row security was switched on later."""
    yield from filled(server, request.param, *SECURED)


@pytest.fixture(params=["found", "adopted earlier"])
def found(request: pytest.FixtureRequest, server: Server) -> Iterator[str]:
    """A table that was adopted, on which row security was switched on later."""
    yield from filled(server, request.param, *SECURED)


def all_that_searches(store: thoughtsearch.Store) -> dict[str, Callable[[], Any]]:
    return {
        "search": lambda: store.search("lock"),
        "a word that is nowhere": lambda: store.search("nowhere"),
        "a hidden word": lambda: store.search("hidden"),
        "a phrase": lambda: store.search('"a lock"'),
        "a prefix": lambda: store.search("hidd*"),
        "a list": lambda: store.search(""),
        "a filter": lambda: store.search(tags=["t"]),
        "a filter that nothing passes": lambda: store.search(tags=["none"]),
        "total": lambda: store.search("", total=True),
        "facets": lambda: store.search("", facets=["ai", "thought_type", "tags", "time"]),
        "explain": lambda: store.search("lock", explain=True),
        "stats": store.stats,
    }


def sees(url: str, count: int) -> None:
    """A search shows so many thoughts, and counts none beside them."""
    with thoughtsearch.open(url) as store:
        page = store.search("lock", limit=1_000, total=True, facets=["ai", "tags", "thought_type", "time"], explain=True)
        assert (len(page), page.total) == (count, count)
        for name in ("ai", "tags", "thought_type"):
            assert sum(value.count for value in page.facets[name]) == count
        assert sum(value.count for value in page.facets["time"]) == count
        explanation = page[0].explanation
        assert explanation is not None
        assert (explanation.documents, [term.df for term in explanation.terms]) == (count, [count])
        hidden = count == COUNT
        assert len(store.search("hidden", limit=1_000)) == (COUNT - ALLOWED if hidden else 0)
        assert len(store.search("")) == 10
        stats = store.stats()
        tokens = 6 * ALLOWED + (5 * (COUNT - ALLOWED) if hidden else 0)
        assert (stats["thoughts"], stats["indexed"], stats["tokens"]) == (count, count, tokens)
        reads(store, count)


def reads(store: thoughtsearch.Store, count: int) -> None:
    """Single thoughts: so many, and none of those that are hidden."""
    assert len(list(store.export())) == count
    assert store.get(1) is not None
    assert (store.get(COUNT) is None) == (count < COUNT)
    assert len(store.around(ALLOWED, 200)) == ALLOWED
    assert (store.around(COUNT) == []) == (count < COUNT)


def test_a_search_in_a_table_of_our_own_obeys(own: str) -> None:
    for who, count in ((READER, ALLOWED), (BYPASSING, COUNT)):
        sees(role(own, who), count)
    sees(own, COUNT)
    sees(superuser(own), COUNT)
    execute(own, FORCED[-1])
    sees(own, ALLOWED)
    sees(superuser(own), COUNT)
    ready(own)
    for who, count in ((READER, ALLOWED), (BYPASSING, COUNT), (OWNER, ALLOWED)):
        sees(own if who == OWNER else role(own, who), count)


def test_what_is_beside_is_for_those_that_it_does_not_bind(own: str) -> None:
    report = Doctor(parse(own)).examine()
    assert any(f"{READER} may read thoughtsearch_word and not every thought" in one.message for one in report.findings)
    assert Doctor(parse(own)).repair().healthy
    for table in ("thoughtsearch_word", "thoughtsearch_state", "thoughtsearch_unembedded"):
        execute(role(own, BYPASSING), f"SELECT * FROM {table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(role(own, READER), f"SELECT * FROM {table}")
    sees(role(own, READER), ALLOWED)
    execute(own, "ALTER TABLE ai_thought_history DISABLE ROW LEVEL SECURITY")
    assert Doctor(parse(own)).repair().healthy
    execute(role(own, READER), "SELECT * FROM thoughtsearch_word")
    sees(role(own, READER), COUNT)


def refused(url: str) -> None:
    """Whatever reads what stands beside the thoughts; the thoughts themselves are shown, as far as they may be."""
    with thoughtsearch.open(url) as store:
        for name, call in all_that_searches(store).items():
            with pytest.raises(DatabaseUnavailable) as caught:
                call()
            assert "row security" in str(caught.value).lower(), name
            assert "\n" not in str(caught.value)
        reads(store, ALLOWED)


def test_a_search_beside_a_found_table_is_refused(found: str) -> None:
    refused(role(found, READER))
    for url in (role(found, BYPASSING), found, superuser(found)):
        sees(url, COUNT)
    execute(found, FORCED[-1])
    refused(found)
    sees(superuser(found), COUNT)
    # Nothing that the owner does under it takes hidden thoughts for ones that are gone.
    with pytest.raises(ThoughtsearchError, match="Row security"):
        Backfill(parse(found)).run()
    Doctor(parse(found)).repair()
    assert execute(found, f"SELECT count(*) FROM {BESIDE}")[0][0] == COUNT
    execute(found, "ALTER TABLE ai_thought_history NO FORCE ROW LEVEL SECURITY")
    report = Doctor(parse(found)).repair()
    assert report.healthy, report.findings
    assert any("has row security" in one.message for one in report.findings)
    for table in (BESIDE, "thoughtsearch_word", "thoughtsearch_state"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(role(found, READER), f"SELECT * FROM {table}")
    refused(role(found, READER))
    sees(role(found, BYPASSING), COUNT)
    execute(found, "ALTER TABLE ai_thought_history DISABLE ROW LEVEL SECURITY")
    ready(found)
    sees(role(found, READER), COUNT)


def test_writers_are_indexed_under_row_security(found: str) -> None:
    execute(found, f"GRANT INSERT, UPDATE ON ai_thought_history TO {READER}")
    execute(role(found, READER), INSERT + "(500, 1, 'a written lock', NULL, '')")
    execute(role(found, READER), "UPDATE ai_thought_history SET thought_content = 'a changed lock' WHERE id = 500")
    with thoughtsearch.open(found) as store:
        assert [hit.id for hit in store.search("changed")] == [500]


@pytest.mark.parametrize("shape", ["own", "found"])
def test_a_search_by_meaning_obeys_or_is_refused(newest: Server, shape: str) -> None:
    for url in filled(newest, shape):
        execute(superuser(url), "CREATE EXTENSION vector")
        with EmbeddingBackfill(parse(url), opened("hashing:32")) as backfill:
            backfill.run()
        execute(url, *SECURED)
        with thoughtsearch.open(role(url, READER), embedder="hashing:32") as store:
            calls: list[Callable[[], Results]] = [
                lambda store=store: store.search("lock", mode="semantic", limit=1_000),  # type: ignore[misc]
                lambda store=store: store.search("lock", mode="hybrid", limit=1_000),  # type: ignore[misc]
                lambda store=store: store.similar(1, limit=1_000),  # type: ignore[misc]
            ]
            for call in calls:
                if shape == "own":
                    found = call()
                    assert {hit.id for hit in found} <= set(range(1, ALLOWED + 1))
                    assert found.coverage is not None
                    assert (found.coverage.embedded, found.coverage.thoughts) == (ALLOWED, ALLOWED)
                else:
                    with pytest.raises(DatabaseUnavailable, match="Row security hides"):
                        call()
        ready(url)
        with thoughtsearch.open(role(url, READER), embedder="hashing:32") as store:
            with pytest.raises((MissingFeature, DatabaseUnavailable), match="row security may hide some"):
                store.search("lock", mode="semantic")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                execute(role(url, READER), "SELECT * FROM ai_thought_embedding")
            if shape == "own":
                assert store.stats()["embeddings"] is None
        with thoughtsearch.open(role(url, BYPASSING), embedder="hashing:32") as store:
            assert len(store.search("lock", mode="semantic", limit=1_000)) == COUNT
