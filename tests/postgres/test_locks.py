"""What adopting a table locks, on the server itself: what a dry run says, no more, and never for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.backfill.conftest import POSTGRES, postgres_brain
from tests.postgres.server import Server
from thoughtsearch import DatabaseError, DatabaseLocked
from thoughtsearch.engines.connect import open_engine
from thoughtsearch.engines.contract.dry_run import Change
from thoughtsearch.engines.contract.statement import Plan
from thoughtsearch.engines.postgres import engine as postgres_engine
from thoughtsearch.engines.postgres import statistics as postgres_counts
from thoughtsearch.location import locate
from thoughtsearch.operations.backfill.job import Backfill, initialise

#: What an adopted table may have lost, or a found one lack, and what is locked of the tables that are there.
SITUATIONS = {
    "found": ("", False, {("ai_thought_history", "SHARE ROW EXCLUSIVE")}),
    "without two columns": (
        "ALTER TABLE ai_thought_history DROP COLUMN session_id, DROP COLUMN tags",
        False,
        {("ai_thought_history", "ACCESS EXCLUSIVE"), ("ai_thought_history", "SHARE ROW EXCLUSIVE")},
    ),
    "adopted, a trigger lost": (
        "DROP TRIGGER thoughtsearch_follow ON ai_thought_history",
        True,
        {
            ("ai_thought_history", "ACCESS EXCLUSIVE"),
            ("ai_thought_history", "SHARE ROW EXCLUSIVE"),
            ("thoughtsearch_thought", "ACCESS EXCLUSIVE"),
        },
    ),
    "adopted, an index lost": (
        "DROP INDEX thoughtsearch_thought_tags",
        True,
        {
            ("thoughtsearch_thought", "ACCESS EXCLUSIVE"),
            ("thoughtsearch_thought", "SHARE"),
        },  # the first, where it is invalid
    ),
}
LOCKS = """
SELECT c.relname::text, upper(trim(regexp_replace(replace(l.mode, 'Lock', ''), '([A-Z])', ' \\1', 'g')))
FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND c.relkind IN ('r', 'p') AND c.relname = ANY(%s)
  AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock', 'ShareUpdateExclusiveLock')
"""


@pytest.fixture
def found(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of CloudBrain's to a database that it has made."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(POSTGRES)
        connection.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'running the indexes')")
        yield connection


def changes(url: str) -> list[Change]:
    engine = open_engine(locate(url), read_only=True, timeout=5)
    with closing(engine.connection):
        return engine.changes()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_statement_locks_what_the_dry_run_says(found: psycopg.Connection[Any], database: str, situation: str) -> None:
    befell, adopted, wanted = SITUATIONS[situation]
    if adopted:
        thoughtsearch.open(database, adopt=True).close()
    found.execute(befell.encode() or b"SELECT 1")
    tables = [row[0] for row in found.execute("SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p')")]
    said, locked = set(), set()
    with psycopg.connect(database, autocommit=True) as other:
        for change in changes(database):
            before = set(other.execute(LOCKS, [tables]).fetchall())
            other.execute(change.sql.encode())
            taken = set(other.execute(LOCKS, [tables]).fetchall()) - before
            locked |= taken
            if change.waiting:
                mode, _, table = change.waiting.partition(":")[0].partition(" on ")
                said.add((table, mode))
                # One statement may lock in several modes: who waits is said of the first, which is the strongest.
                assert not taken or (table, mode) in taken, change
            else:
                assert not taken, change
    assert said == wanted
    assert wanted >= {(table, mode) for table, mode in locked if mode == "ACCESS EXCLUSIVE"}


def test_who_holds_the_table_is_not_waited_for_in_a_queue(found: psycopg.Connection[Any], database: str) -> None:
    with psycopg.connect(database) as writer:
        writer.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'a long transaction')")
        with pytest.raises(DatabaseLocked, match="is locked"):
            initialise(locate(database), timeout=1)
        assert found.execute("SELECT to_regclass('thoughtsearch_migration')").fetchall() == [(None,)]
        done: list[Any] = []
        patient = threading.Thread(target=lambda: done.append(Backfill(locate(database), timeout=60).run()))
        patient.start()
        # Behind a lock that is waited for without end these would wait without end too.
        for number in range(40):
            found.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, %s)", [f"beside {number}"])
            found.execute("SELECT count(*) FROM ai_thought_history")
        writer.commit()
        patient.join()
    assert done[0].thoughts == 42
    with thoughtsearch.open(database) as store:
        assert store.search("beside", total=True).total == 40
        assert len(store.search("long transactions")) == 1


def test_an_index_of_a_large_table_is_made_anew_while_others_write(
    found: psycopg.Connection[Any], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_engine, "SMALL", 0)
    initialise(locate(database))
    Backfill(locate(database)).run()
    found.execute("DROP INDEX thoughtsearch_thought_session")
    # As a CREATE INDEX CONCURRENTLY leaves it that was ended.
    found.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'thoughtsearch_thought_search'::regclass")
    listed = changes(database)
    assert [change.sql.split(" ON ")[0].split("\n")[0].replace('"public".', "") for change in listed] == [
        "DROP INDEX CONCURRENTLY IF EXISTS thoughtsearch_thought_search",
        "CREATE INDEX CONCURRENTLY thoughtsearch_thought_search",
        "DROP INDEX CONCURRENTLY IF EXISTS thoughtsearch_thought_session",
        "CREATE INDEX CONCURRENTLY thoughtsearch_thought_session",
    ]
    assert all("neither writers nor readers wait" in (change.waiting or "") for change in listed)
    Backfill(locate(database)).run()
    assert changes(database) == []
    valid = "SELECT count(*) FROM pg_index WHERE indrelid = 'thoughtsearch_thought'::regclass AND indisvalid"
    assert found.execute(valid).fetchall() == [(7,)]


def test_counting_at_the_end_of_a_backfill_keeps_nobody_waiting(
    found: psycopg.Connection[Any], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_counts, "COUNTED", 0)
    found.execute("INSERT INTO ai_thought_history (ai_id, thought_content) SELECT 1, 'many' FROM generate_series(1, 2000)")
    Backfill(locate(database)).run()
    found.execute("DELETE FROM thoughtsearch_state WHERE key = 'statistics'")
    asked: list[str] = []
    engine = open_engine(locate(database), timeout=5)

    def plan() -> Plan[None]:
        settling = engine.dialect.refresh_statistics()
        statement = next(settling)
        while statement is not None:
            asked.append(statement.sql)
            rows = yield statement
            try:
                statement = settling.send(rows)
            except StopIteration:
                break
        # All that it holds is held now, until it commits.
        found.execute("SET lock_timeout = '2s'")
        found.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'meanwhile')")
        found.execute("UPDATE ai_thought_history SET thought_content = 'renewed meanwhile' WHERE id = 7")
        found.execute("DELETE FROM ai_thought_history WHERE id = 8")
        with thoughtsearch.open(database) as store:
            assert store.search("meanwhile", total=True).total == 2

    engine.connection.run(plan(), write=True)
    engine.connection.close()
    assert {"ANALYZE", "INSERT", "DELETE"} <= {sql.split()[0] for sql in asked}


PARTITIONED = """
CREATE TABLE ai_thought_history (
    id bigserial, ai_id integer NOT NULL, session_id integer, cycle_number integer, thought_content text NOT NULL,
    thought_type text, tags text, metadata text, created_at timestamp NOT NULL DEFAULT '2026-02-01',
    PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at);
CREATE TABLE thoughts_2025 PARTITION OF ai_thought_history FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE thoughts_2026 PARTITION OF ai_thought_history FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO ai_thought_history (ai_id, thought_content, created_at)
VALUES (1, 'an old index', '2025-03-01'), (1, 'newer', '2026-01-02');
"""


def test_a_partitioned_table_and_its_partitions_stay_as_they_are(server: Server) -> None:
    with postgres_brain(server.name, PARTITIONED) as brain:
        before = brain.rows()
        listed = changes(brain.url)
        # Three tables are locked one after the other, and nobody waits behind all of them for longer than behind one.
        assert "SET LOCAL lock_timeout = 166" in [change.sql for change in listed]
        with thoughtsearch.open(brain.url, adopt=True) as store:
            assert brain.rows() == before
            assert [hit.id for hit in store.search("indexes")] == [1]
            brain.execute("INSERT INTO thoughts_2026 (id, ai_id, thought_content) VALUES (7, 1, 'into a partition')")
            brain.execute("UPDATE ai_thought_history SET created_at = '2026-05-05', thought_content = 'moved' WHERE id = 1")
            assert [hit.id for hit in store.search("partitions")] == [7]
            assert [hit.id for hit in store.search("moved")] == [1]
            assert not store.search("index")
            brain.execute("ALTER TABLE ai_thought_history DETACH PARTITION thoughts_2026")
            assert {hit.thought.thought_content for hit in store.search()} == {""}
            assert Backfill(locate(brain.url)).run().thoughts == 0
            assert not store.search()


def test_without_an_index_by_id_it_is_refused(found: psycopg.Connection[Any], database: str) -> None:
    found.execute("ALTER TABLE ai_thought_history DROP CONSTRAINT ai_thought_history_pkey")
    with pytest.raises(
        DatabaseError, match=r"id of ai_thought_history has no unique index.*CREATE UNIQUE INDEX CONCURRENTLY"
    ):
        thoughtsearch.open(database, adopt=True)
    found.execute("CREATE UNIQUE INDEX CONCURRENTLY ai_thought_history_id ON ai_thought_history (id)")
    with thoughtsearch.open(database, adopt=True) as store:
        assert len(store.search("index")) == 1


def test_who_counts_up_and_who_may_read_stay_the_same(found: psycopg.Connection[Any], database: str) -> None:
    role = f"writer_{found.info.dbname}"
    found.execute(f"CREATE ROLE {role}".encode())
    try:
        found.execute(
            f"GRANT SELECT, INSERT ON ai_thought_history TO {role}; GRANT USAGE ON SEQUENCE "
            f"ai_thought_history_id_seq TO {role}".encode()
        )
        state = (
            "SELECT c.relacl::text, (SELECT last_value FROM ai_thought_history_id_seq), "
            "pg_get_serial_sequence('ai_thought_history', 'id'), "
            "(SELECT string_agg(pg_get_constraintdef(oid), ';' ORDER BY conname) FROM pg_constraint "
            "WHERE conrelid = c.oid) "
            "FROM pg_class AS c WHERE c.oid = 'ai_thought_history'::regclass"
        )
        before = found.execute(state).fetchall()
        Backfill(locate(database)).run()
        assert found.execute(state).fetchall() == before
        # It writes as before, though it may do nothing with what is beside the table.
        found.execute(f"SET ROLE {role}".encode())
        found.execute("INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (1, 'from a humble role')")
        found.execute("RESET ROLE")
        with thoughtsearch.open(database) as store:
            assert [hit.id for hit in store.search("humble")] == [2]
    finally:
        found.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
