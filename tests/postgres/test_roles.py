"""Roles with few rights, and tables in other schemas than public."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import Server, fresh_database
from tests.postgres.tools import THOUGHTS, as_role, execute
from thoughtsearch import DatabaseUnavailable, ReadOnlyError, SchemaError, ThoughtsearchError

ROLES = ("ts_owner", "ts_reader", "ts_writer", "ts_nobody")


@pytest.fixture
def own(server: Server) -> Iterator[str]:
    """The URL, for its owner, of a database whose owner is no superuser."""
    known = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
    for role in ROLES:
        if role not in known:
            server.execute(f"CREATE ROLE {role} LOGIN")
    with fresh_database(server) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" OWNER TO ts_owner'.encode())
        yield as_role(url, "ts_owner")


def another(url: str, role: str) -> str:
    return url.replace("//ts_owner@", f"//{role}@", 1)


def refused(kind: type[ThoughtsearchError], words: str, *calls: Callable[[], object]) -> None:
    for call in calls:
        with pytest.raises(kind, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)
        assert isinstance(caught.value.__cause__, psycopg.Error)


def test_an_owner_that_is_no_superuser_can_do_everything(own: str) -> None:
    with thoughtsearch.open(own) as store:
        assert store.add_many(THOUGHTS) == 3
        store.add_many({"thought_content": f"filler {n}"} for n in range(1_200))
        store.name_agents({3: "Ada"})
        assert [hit.agent for hit in store.search("lock")] == ["Ada", "Ada"]
        assert store.stats()["indexed"] == 1_203


def test_who_may_only_select_the_thoughts_can_search_them(own: str) -> None:
    with thoughtsearch.open(own) as store:
        store.add_many(THOUGHTS)
        store.name_agents({3: "Ada"})
    execute(own, "GRANT USAGE ON SCHEMA public TO ts_reader", "GRANT SELECT ON ai_thought_history TO ts_reader")
    for read_only in (True, False):
        with thoughtsearch.open(another(own, "ts_reader"), read_only=read_only) as store:
            page = store.search("lock", total=True, facets=["ai", "thought_type", "tags", "time"], explain=True)
            assert (len(page), page.total, page.warnings) == (2, 2, ())
            # The names are in a table of their own, which this role may not read.
            assert [hit.agent for hit in page] == [None, None]
            assert len(store.search(where={"step": 4}, tags=[])) == 1
            assert store.get(1) is not None
            assert len(store.around(1)) == 1
            assert len(list(store.export())) == 3
            assert store.stats()["tokens"] > 3
            assert store.agents() == {}
            if read_only:
                continue
            refused(
                ReadOnlyError,
                r"The role used for fresh.* may not do this \(permission denied .*\); nothing was changed",
                lambda store=store: store.add("more"),  # type: ignore[misc]
                lambda store=store: store.add_many([{"thought_content": "more"}]),  # type: ignore[misc]
                lambda store=store: store.name_agents({4: "Bob"}),  # type: ignore[misc]
            )
            assert len(store.search("lock")) == 2
    execute(own, "GRANT SELECT ON ai_profiles TO ts_reader")
    with thoughtsearch.open(another(own, "ts_reader")) as store:
        assert [hit.agent for hit in store.search("lock")] == ["Ada", "Ada"]


def test_who_may_insert_need_not_own(own: str) -> None:
    with thoughtsearch.open(own) as store:
        store.add_many(THOUGHTS)
    execute(own, "GRANT USAGE ON SCHEMA public TO ts_writer", "GRANT SELECT, INSERT ON ai_thought_history TO ts_writer")
    with thoughtsearch.open(another(own, "ts_writer")) as store:
        assert store.add("the writer's lock") == 4
        assert store.add_many({"thought_content": f"filler {n}"} for n in range(1_200)) == 1_200
        assert len(store.search("lock")) == 3


def test_who_may_not_even_read_is_told_what_to_ask_for(own: str) -> None:
    with thoughtsearch.open(own) as store:
        store.add_many(THOUGHTS)
    # Up to PostgreSQL 14 the owner of a database does not own its schema.
    admin = own.replace("//ts_owner@", "//postgres@")
    execute(admin, "REVOKE ALL ON SCHEMA public FROM PUBLIC", "GRANT USAGE ON SCHEMA public TO ts_reader")
    with thoughtsearch.open(another(own, "ts_reader")) as store:
        refused(
            DatabaseUnavailable,
            r"may not read it \(permission denied for table ai_thought_history\)\. Ask for the right: GRANT SELECT",
            lambda: store.search("lock"),
            lambda: store.get(1),
            store.stats,
            lambda: list(store.export()),
        )
    with pytest.raises(DatabaseUnavailable, match="search_path names no schema that exists and that it may use"):
        thoughtsearch.open(another(own, "ts_nobody"))


def test_who_may_not_create_is_told_so_in_an_empty_database(own: str) -> None:
    execute(own.replace("//ts_owner@", "//postgres@"), "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    refused(
        ReadOnlyError,
        r"may not do this \(permission denied for schema public\); nothing was changed",
        lambda: thoughtsearch.open(another(own, "ts_nobody")),
    )
    with pytest.raises(SchemaError, match="has no search index"):
        thoughtsearch.open(another(own, "ts_nobody"), read_only=True)


@pytest.mark.parametrize("schema", ["mine", "My Schema", 'odd "name" – 検索', "select"])
def test_the_search_path_of_a_role_says_where(own: str, schema: str) -> None:
    named = '"' + schema.replace('"', '""') + '"'
    with psycopg.connect(own) as connection:
        database = connection.info.dbname
    execute(own, f"CREATE SCHEMA {named}", f'ALTER ROLE ts_owner IN DATABASE "{database}" SET search_path = {named}')
    with thoughtsearch.open(own) as store:
        store.add_many([*THOUGHTS, {"thought_content": "naïve caches"}])
        store.add_many({"thought_content": f"filler {n}"} for n in range(1_200))
        store.name_agents({3: "Ada"})
        page = store.search("lock", total=True, facets=["ai", "tags"], explain=True, where={"step": 4})
        assert [hit.agent for hit in page] == ["Ada"]
        assert len(store.search("naive cache")) == len(store.search("検索")) == 1
        assert store.stats()["indexed"] == 1_204
    in_public = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert execute(own, in_public) == []
    # Another role, which finds the same table by its own path.
    execute(own, f"GRANT USAGE ON SCHEMA {named} TO ts_reader", "GRANT SELECT ON ai_thought_history TO ts_reader")
    options = f"-csearch_path={named}".replace(" ", "\\ ")
    with thoughtsearch.open(f"{another(own, 'ts_reader')}&options={quote(options)}") as store:
        assert len(store.search("lock")) == 2


def test_a_schema_that_can_not_be_used_is_refused(own: str) -> None:
    with psycopg.connect(own) as connection:
        database = connection.info.dbname
    for schema in ("per%cent", "it's", "$$", "a/*b"):
        execute(
            own, f'CREATE SCHEMA "{schema}"', f'ALTER ROLE ts_owner IN DATABASE "{database}" SET search_path = "{schema}"'
        )
        with pytest.raises(SchemaError, match="can't work in a schema with"):
            thoughtsearch.open(own)


def test_two_schemas_of_one_database_have_a_table_each(own: str) -> None:
    execute(own, "CREATE SCHEMA one", "CREATE SCHEMA two")
    urls = [f"{own}&options=-csearch_path%3D{schema}" for schema in ("one", "two")]
    for url in urls:
        with thoughtsearch.open(url) as store:
            store.add(f"the lock of {url[-3:]}")
    for url in urls:
        with thoughtsearch.open(url) as store:
            assert [hit.thought.thought_content for hit in store.search("lock")] == [f"the lock of {url[-3:]}"]
