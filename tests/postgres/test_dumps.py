"""pg_dump and a restore into a fresh database: found again, with the generated columns and indexes made anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import Server, fresh_database
from tests.postgres.tools import THOUGHTS, as_role, execute
from thoughtsearch.engines.connect import open_engine
from thoughtsearch.location import locate

OWNER = "ts_dumper"


@pytest.fixture
def target(server: Server) -> Iterator[str]:
    with fresh_database(server) as url:
        yield url


def result(url: str) -> Any:
    """What a search says of the thoughts, and what else is there."""
    with thoughtsearch.open(url) as store:
        found = [
            [(hit.id, hit.score, hit.agent, hit.snippet.text) for hit in store.search(text, total=True)]
            for text in ("lock", "naïve cached", "検索", "tag:日本", "meta.step>=4", "")
        ]
        return found, store.stats(), [thought.id for thought in store.export()]


def restored(server: Server, source: str, target: str, form: str, role: str) -> None:
    names = [psycopg.conninfo.conninfo_to_dict(url)["dbname"] for url in (source, target)]
    connect = ("-h", str(server.folder), "-p", str(server.port), "-U", role)
    file = server.folder / f"dump.{form}"
    server.run("pg_dump", *connect, "-F", form, "-f", file, str(names[0]))
    try:
        if form == "p":
            server.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *connect, "-d", str(names[1]), "-f", file)
        else:
            server.run("pg_restore", "--exit-on-error", *connect, "-d", str(names[1]), file)
    finally:
        file.unlink()


@pytest.mark.parametrize("form", ["p", "c"])
@pytest.mark.parametrize("role", ["postgres", OWNER])
def test_a_dump_is_restored_whole(server: Server, database: str, target: str, form: str, role: str) -> None:
    if role != "postgres":
        if not server.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
            server.execute(f"CREATE ROLE {role} LOGIN")
        for url in (database, target):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f'ALTER DATABASE "{connection.info.dbname}" OWNER TO {role}'.encode())
        database, target = as_role(database, role), as_role(target, role)
    with thoughtsearch.open(database) as store:
        store.add_many([*THOUGHTS, {"thought_content": "naïve caches", "tags": ["é"]}])
        store.add_many({"thought_content": f"filler {n}", "metadata": {"step": n}} for n in range(1_200))
        store.name_agents({3: "Ada"})
    restored(server, database, target, form, role)
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef"
    vectors = "SELECT id, search_vector::text, search_length FROM ai_thought_history ORDER BY id"
    migrations = "SELECT version, name FROM thoughtsearch_migration ORDER BY version"
    for sql in (indexes, vectors, migrations):
        rows = execute(target, sql)
        assert rows == execute(database, sql)
        assert rows
    engine = open_engine(locate(target), read_only=True, timeout=5)
    assert engine.find().ready
    engine.connection.close()
    assert result(target) == result(database)
    with thoughtsearch.open(target) as store:
        last = store.add("one more lock")
        assert last == 1_205
        assert len(store.search("lock")) == 3


def test_the_table_alone_is_restored_into_a_database_made_ready(server: Server, database: str, target: str) -> None:
    """As the README says it: pg_dump -t leaves out the functions that the table needs, so that init makes them first."""
    with thoughtsearch.open(database) as store:
        store.add_many(THOUGHTS)
    with thoughtsearch.open(target):
        pass
    names = [str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]) for url in (database, target)]
    connect = ("-h", str(server.folder), "-p", str(server.port), "-U", "postgres")
    file = server.folder / "table.sql"
    server.run("pg_dump", *connect, "--data-only", "-t", "ai_thought_history", "-f", file, names[0])
    server.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *connect, "-d", names[1], "-f", file)
    file.unlink()
    assert result(target) == result(database)
    with thoughtsearch.open(target) as store:
        assert store.add("one more") == len(THOUGHTS) + 1
