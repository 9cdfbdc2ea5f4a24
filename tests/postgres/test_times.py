"""PostgreSQL knows times for which Python has no datetime: each keeps its place in a list, page by page."""

from __future__ import annotations

import psycopg

import thoughtsearch

TIMES = ("-infinity", "4713-01-02 00:00 BC", "0044-03-15 00:00 BC", "0001-01-01", "2026-01-05", "12026-01-05", "infinity")


def test_pages_joined_hold_each_time_once(database: str) -> None:
    with thoughtsearch.open(database) as store, psycopg.connect(database, autocommit=True) as connection:
        for created in (*TIMES, None):
            connection.execute(
                "INSERT INTO ai_thought_history (ai_id, thought_content, created_at) VALUES (1, 'wal', %s)", [created]
            )
        found: list[tuple[int, bool]] = []
        cursor = None
        for _ in range(2 * len(TIMES)):
            page = store.search("", limit=1, cursor=cursor)
            found += [(hit.id, hit.thought.created_at is None) for hit in page]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert found == [(7, True), (6, True), (5, False), (4, False), (3, True), (2, True), (1, True), (8, True)]
