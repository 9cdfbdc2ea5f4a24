"""Meaning on PostgreSQL: with pgvector and without it, for roles with few rights, and which way the nearest are found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.embeddings.conftest import has_pgvector
from tests.embeddings.models import nearest
from tests.postgres.server import Server, fresh_database
from tests.postgres.test_plans import indexes
from tests.postgres.tools import as_role, execute
from tests.world import World
from thoughtsearch import MissingFeature, Store
from thoughtsearch.embedders.finding import opened
from thoughtsearch.engines.contract.statement import Row, Statement
from thoughtsearch.engines.differences import differs
from thoughtsearch.engines.postgres import vectors as postgres_embedding
from thoughtsearch.engines.postgres.connection import begin
from thoughtsearch.location import locate
from thoughtsearch.operations.embedding import EmbeddingBackfill
from thoughtsearch.query.request import request

THOUGHTS = 3_000
#: So many that the planner is not in two minds about the index.
PLENTY = 9_000


def embed(url: str, spec: str = "hashing:32") -> None:
    with EmbeddingBackfill(locate(url), opened(spec)) as backfill:
        backfill.run()


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """Of a database of a server with pgvector."""
    if not has_pgvector(server.name):
        pytest.skip(f"PostgreSQL {server.name} has no pgvector here.")
    with fresh_database(server) as made:
        yield made


def test_without_pgvector_words_are_searched_as_ever(server: Server) -> None:
    if has_pgvector(server.name):
        pytest.skip(f"PostgreSQL {server.name} has pgvector.")
    with fresh_database(server) as made, thoughtsearch.open(made, embedder="hashing") as store:
        store.add("the lock of the export job")
        page = store.search("lock")
        assert (len(page), page.mode_used) == (1, "text")
        assert (
            "searched by words alone: Searching by meaning needs pgvector, which this server does not" in page.warnings[0]
        )
        assert store.stats()["embeddings"] is None
        for mode in ("hybrid", "semantic"):
            with pytest.raises(MissingFeature, match="Install it on the server") as caught:
                store.search("lock", mode=mode)
            assert "CREATE EXTENSION vector" in str(caught.value)
        with pytest.raises(MissingFeature, match="Install it on the server"):
            embed(made)


def test_a_role_that_may_not_create_the_extension(server: Server, url: str) -> None:
    roles = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
    if "ts_small" not in roles:
        server.execute("CREATE ROLE ts_small LOGIN")
    execute(url, "GRANT ALL ON SCHEMA public TO ts_small")
    small = as_role(url, "ts_small")
    with thoughtsearch.open(small, embedder="hashing:32") as store:
        store.add("the lock")
        with pytest.raises(MissingFeature, match="have an administrator run CREATE EXTENSION vector"):
            store.search("lock", mode="hybrid")
        with pytest.raises(MissingFeature, match="have an administrator run CREATE EXTENSION vector"):
            embed(small)
        # In a schema of its own, that is on nobody's path.
        execute(url, "CREATE SCHEMA extensions", "GRANT USAGE ON SCHEMA extensions TO ts_small")
        execute(url, "CREATE EXTENSION vector SCHEMA extensions")
        embed(small)
        assert len(store.search("lock", mode="hybrid")) == 1
        store.add("another lock")
        assert len(store.search("lock", mode="semantic")) == 2


def test_who_may_read_the_thoughts_may_search_them_by_meaning(server: Server, url: str) -> None:
    roles = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
    for role in ("ts_early", "ts_late"):
        if role not in roles:
            server.execute(f"CREATE ROLE {role} LOGIN")
    with thoughtsearch.open(url) as store:
        store.add("the lock")
    execute(url, "GRANT SELECT ON ai_thought_history TO ts_early")
    embed(url)
    execute(url, "GRANT SELECT ON ai_thought_history TO ts_late")
    with thoughtsearch.open(as_role(url, "ts_early"), embedder="hashing:32") as store:
        assert store.search("lock").mode_used == "hybrid"
        assert len(store.similar(1)) == 0
        store.add_many([])
    with thoughtsearch.open(as_role(url, "ts_late"), embedder="hashing:32", read_only=True) as store:
        with pytest.raises(MissingFeature, match="GRANT SELECT ON ai_thought_embedding"):
            store.search("lock", mode="semantic")
        assert store.search("lock").mode_used == "text"
        assert store.stats()["thoughts"] == 1


def fill(url: str, count: int) -> None:
    """So many embedded thoughts, each in one of 300 sessions, of three agents."""
    chance = random.Random(5)
    with thoughtsearch.open(url) as store:
        store.add_many(
            {
                "thought_content": " ".join(f"w{chance.randrange(80)}" for _ in range(12)),
                "ai_id": n % 3,
                "session_id": n % 300,
            }
            for n in range(count)
        )
    embed(url)
    execute(url, "ANALYZE")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index is made, and serves, for fewer thoughts than by rights."""
    monkeypatch.setattr(postgres_embedding, "_FEW", 600)


@pytest.fixture
def many(url: str, few: None) -> Iterator[Store]:
    """Enough thoughts for an index, for once."""
    fill(url, THOUGHTS)
    with thoughtsearch.open(url, embedder="hashing:32") as store:
        yield store


def asked(store: Store, query: str, **options: Any) -> list[Statement]:
    """The statements of a semantic search."""
    made: list[Statement] = []
    run = store.connection.run

    def watched(plan: Any, **options: Any) -> Any:
        def watching() -> Any:
            try:
                statement = next(plan)
                while True:
                    made.append(statement)
                    rows: list[Row] = yield statement
                    statement = plan.send(rows)
            except StopIteration as stop:
                return stop.value

        return run(watching(), **options)

    store.connection.run = watched  # type: ignore[method-assign]
    try:
        store.search(query, mode="semantic", **options)
    finally:
        del store.connection.run
    return made


def plan_of(url: str, statements: list[Statement]) -> set[str]:
    """The indexes that the statement uses that finds the nearest."""
    (statement,) = [one for one in statements if "<#>" in one.sql]
    wide = [one.sql for one in statements if "ef_search" in one.sql]
    with psycopg.connect(url, prepare_threshold=None, autocommit=True) as connection:
        connection.execute("; ".join([begin(1, write=False), *wide]).encode())  # the settings decide too
        rows = connection.execute(("EXPLAIN (FORMAT JSON) " + statement.sql).encode(), statement.parameters).fetchall()
        return indexes(rows[0][0][0]["Plan"])


def test_the_index_serves_where_many_are_left_and_a_scan_where_few_are(url: str, few: None) -> None:
    fill(url, PLENTY)
    with thoughtsearch.open(url, embedder="hashing:32") as store:
        model = store.embedding_model()
        assert model is not None
        index = f"ai_thought_embedding_hnsw_{model.id}"
        for options in ({}, {"ai": 1}):  # of a third of the thoughts more than a few
            assert index in plan_of(url, asked(store, "w1 w2 w3", **options)), options
        assert index not in plan_of(url, asked(store, "w1 w2 w3", session_id=7))


def test_what_is_found_is_exact_under_a_filter_and_nearly_so_without(url: str, many: Store) -> None:
    made = World(url, lambda sql, parameters: execute(url, sql), metadata="metadata::text")
    try:
        for query in ("w1 w2 w3", "w7", "w40 w41 w42 w43"):
            for filters in ("session:7", "session:7 ai:1"):
                node = request(filters, {}).parsed(_now()).node
                found = many.search(f"{query} {filters}", mode="semantic")
                assert [(hit.id, hit.score) for hit in found] == nearest(made, query, node)[:10]
            whole = [hit.id for hit in many.search(query, mode="semantic", limit=10)]
            missed = {ident for ident, _ in nearest(made, query)[:10]} - set(whole)
            assert len(missed) <= (1 if differs("approximate-vectors", made.kind) else 0)
    finally:
        made.store.close()


def _now() -> Any:
    from datetime import datetime, timezone

    return datetime.now(timezone.utc)


def test_deleted_thoughts_do_not_take_the_place_of_others(url: str, many: Store) -> None:
    """Their vectors stay until the next backfill, and no trigger removes them."""
    before = [hit.id for hit in many.search("w1 w2 w3", mode="semantic", limit=200)]
    execute(url, f"DELETE FROM ai_thought_history WHERE id = ANY(ARRAY{before[:100]})")
    after = [hit.id for hit in many.search("w1 w2 w3", mode="semantic", limit=100)]
    assert after == before[100:]
    embed(url)
    assert execute(url, "SELECT count(*) FROM ai_thought_embedding") == [(THOUGHTS - 100,)]
    assert many.stats()["embeddings"]["embedded"] == THOUGHTS - 100


def test_the_index_goes_with_its_model_and_a_broken_one_is_built_anew(url: str, many: Store) -> None:
    def there() -> list[str]:
        return [row[0] for row in execute(url, "SELECT indexname FROM pg_indexes WHERE indexname LIKE '%hnsw%'")]

    (old,) = there()
    embed(url, "hashing:16")
    (new,) = there()
    assert new != old
    execute(url, f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{new}'::regclass")
    embed(url, "hashing:16")
    assert execute(url, f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{new}'::regclass") == [(True,)]
