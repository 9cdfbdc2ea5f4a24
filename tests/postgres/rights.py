"""Databases for the tests of rights: of this version, and as an earlier one left them; and roles that want in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

import thoughtsearch
from tests.postgres.server import Server, fresh_database
from tests.postgres.tools import as_role, execute
from thoughtsearch.engines.contract.statement import Plan, Statement
from thoughtsearch.engines.postgres import schema as postgres_setup
from thoughtsearch.engines.postgres.connection import PostgresConnection
from thoughtsearch.location import parse
from thoughtsearch.operations.backfill.job import Backfill, initialise
from thoughtsearch.sql import migrations

OWNER, READER, WRITER, BYPASSING, NOBODY = ROLES = ("tr_owner", "tr_reader", "tr_writer", "tr_bypass", "tr_nobody")
#: What the owner had before, with column types that are not ours.
FOUND = """
CREATE TABLE ai_thought_history (
    id SERIAL PRIMARY KEY, ai_id INTEGER NOT NULL, session_id INTEGER, cycle_number INTEGER,
    thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT, metadata TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)
"""
PARTITIONED = FOUND.replace("SERIAL PRIMARY KEY", "INTEGER NOT NULL").rstrip() + " PARTITION BY RANGE (id)"
PARTITIONS = (
    "CREATE TABLE early PARTITION OF ai_thought_history FOR VALUES FROM (0) TO (100)",
    "CREATE TABLE late PARTITION OF ai_thought_history FOR VALUES FROM (100) TO (10000)",
    "CREATE UNIQUE INDEX ON ai_thought_history (id)",
)
INSERT = "INSERT INTO ai_thought_history (id, ai_id, thought_content, thought_type, tags) VALUES "
ROWS = (
    "(1, 1, 'the lock of one', 'insight', '{}'), (2, 2, 'the lock of two', 'idea', '{}'), (3, 2, 'naïve locks', NULL, '{}')"
)
TABLES = (
    "thoughtsearch_migration",
    "thoughtsearch_state",
    "thoughtsearch_word",
    "thoughtsearch_model",
    "thoughtsearch_unembedded",
    "thoughtsearch_imported",
    "thoughtsearch_import_file",
)
BESIDE = "thoughtsearch_thought"
SHAPES = ("own", "found", "partitioned", "adopted earlier")


def role(url: str, name: str) -> str:
    """The URL for another role than the superuser or the owner."""
    return as_role(url, name) if "//postgres@" in url else url.replace(f"//{OWNER}@", f"//{name}@", 1)


def superuser(url: str) -> str:
    return url.replace(f"//{OWNER}@", "//postgres@", 1)


@contextmanager
def owned(server: Server, shape: str) -> Iterator[str]:
    """The URL, for its owner, of a database with three thoughts; the owner is no superuser."""
    known = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
    for name in ROLES:
        if name not in known:
            server.execute(f"CREATE ROLE {name} LOGIN" + (" BYPASSRLS" if name == BYPASSING else ""))
    with fresh_database(server) as url:
        execute(
            url,
            f'ALTER DATABASE "{psycopg.conninfo.conninfo_to_dict(url)["dbname"]}" OWNER TO {OWNER}',
            f"ALTER SCHEMA public OWNER TO {OWNER}",
            f"GRANT USAGE, CREATE ON SCHEMA public TO {', '.join(ROLES)}",  # as it was for everybody up to PostgreSQL 14
        )
        url = role(url, OWNER)
        if shape == "partitioned":
            execute(url, PARTITIONED, *PARTITIONS)
        elif shape != "own":
            execute(url, FOUND)
        else:
            thoughtsearch.open(url).close()
        tags = "'{a,b}'" if shape == "own" else "'a, b'"
        execute(url, f"GRANT SELECT ON ai_thought_history TO {READER}, {BYPASSING}", INSERT + ROWS.replace("'{}'", tags))
        if shape == "adopted earlier":
            adopt_as_before(url)
        else:
            ready(url)
        yield url


def ready(url: str) -> None:
    """What `thoughtsearch backfill` and `init` do."""
    initialise(parse(url))
    Backfill(parse(url)).run()


def adopt_as_before(url: str) -> None:
    """As version 6 of the schema did it."""
    connection = PostgresConnection(url)

    def plan() -> Plan[None]:
        place = yield from postgres_setup.locate()
        yield place.statement("create_migrations")
        yield place.statement("create_state")
        yield Statement("GRANT SELECT ON thoughtsearch_migration, thoughtsearch_state TO PUBLIC")
        for step in migrations("postgres", adopting=True):
            if step.version <= 6:
                yield Statement(place.shape.fill(step.script))
                yield place.statement("record_migration", version=step.version, name=step.name)
        yield place.statement("set_state", key="analysis", value="1")
        yield Statement(f"GRANT SELECT ON thoughtsearch_thought TO {READER}, {BYPASSING}")
        yield place.adopting("follow_rows")
        yield Statement(
            "INSERT INTO thoughtsearch_thought SELECT f.* FROM ai_thought_history AS h, LATERAL thoughtsearch_of(h) AS f"
        )

    connection.run(plan(), write=True)
    connection.close()
