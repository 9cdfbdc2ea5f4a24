"""What the tests of deployments share: roles, waiting, and a look at the server's sessions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from tests.postgres.server import Server

THOUGHTS = [
    {"thought_content": "WAL mode fixed the lock", "ai_id": 3, "thought_type": "insight", "tags": ["sqlite"]},
    {"thought_content": "the database is locked at noon", "ai_id": 3, "session_id": 7, "metadata": {"step": 4}},
    {"thought_content": "検索は速い", "ai_id": 4, "tags": ["日本"]},
]


def execute(url: str, *statements: str) -> list[Any]:
    """The rows of the last of these statements, each committed on its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def sessions(server: Server, state: str = "true") -> int:
    """How many sessions of thoughtsearch the server has, by a condition on pg_stat_activity."""
    rows = server.execute(f"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'thoughtsearch' AND ({state})")
    return int(rows[0][0])


def eventually(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "This did not come true in time."
        time.sleep(0.02)


def as_role(url: str, role: str) -> str:
    """The URL with another user."""
    assert "//postgres@" in url
    return url.replace("//postgres@", f"//{role}@", 1)
