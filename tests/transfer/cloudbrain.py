"""CloudBrain's database as it was published, in its earlier and its newer form, with rows; and what its server sends.

Written here from the names and types of its columns. The tables of both forms stand in SQLite, where its data is.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

_NOW = "TIMESTAMP DEFAULT CURRENT_TIMESTAMP"
_ID = "id INTEGER PRIMARY KEY AUTOINCREMENT"
_AGENT = "FOREIGN KEY (ai_id) REFERENCES ai_profiles(id)"
_THOUGHTS = f"""
CREATE TABLE ai_thought_history ({_ID}, ai_id INTEGER NOT NULL, session_id INTEGER, cycle_number INTEGER,
    thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT, metadata TEXT, created_at {_NOW}, {_AGENT});
CREATE INDEX idx_thought_history_ai ON ai_thought_history(ai_id);
CREATE VIRTUAL TABLE ai_thought_history_fts USING fts5(thought_content, detail=full);
CREATE TRIGGER ai_thought_history_fts_insert AFTER INSERT ON ai_thought_history BEGIN
    INSERT INTO ai_thought_history_fts(rowid, thought_content) VALUES (new.id, new.thought_content); END;
"""
_TOTALS = "".join(
    f", total_{name} INTEGER DEFAULT 0"
    for name in ("thoughts", "insights", "collaborations", "blog_posts", "blog_comments", "ai_followed")
)
_STATE = f"""current_task TEXT, last_thought TEXT, last_insight TEXT, current_cycle INTEGER,
    cycle_count INTEGER DEFAULT 0, last_activity {_NOW}, session_id INTEGER, brain_dump TEXT, checkpoint_data TEXT"""
_REST = f"""
CREATE TABLE ai_tasks ({_ID}, ai_id INTEGER NOT NULL, title TEXT NOT NULL, description TEXT, status TEXT DEFAULT 'pending',
    priority INTEGER DEFAULT 3, task_type TEXT, estimated_effort TEXT, actual_effort TEXT, due_date TIMESTAMP,
    completed_at TIMESTAMP, created_at {_NOW}, updated_at {_NOW}, metadata TEXT, {_AGENT});
CREATE TABLE ai_learning_progress ({_ID}, ai_id INTEGER NOT NULL, topic TEXT NOT NULL, skill_level INTEGER DEFAULT 0,
    practice_count INTEGER DEFAULT 0, last_practiced_at TIMESTAMP, notes TEXT, created_at {_NOW}, updated_at {_NOW},
    {_AGENT});
CREATE TABLE ai_collaboration_history ({_ID}, ai_id INTEGER NOT NULL, session_id INTEGER, collaborator_id INTEGER,
    collaboration_type TEXT, topic TEXT, outcome TEXT, notes TEXT, created_at {_NOW}, {_AGENT});
CREATE TABLE ai_brain_sessions ({_ID}, ai_id INTEGER NOT NULL, session_type TEXT DEFAULT 'autonomous', start_time {_NOW},
    end_time TIMESTAMP, stats TEXT, brain_dump TEXT, {_AGENT});
CREATE TABLE ai_messages ({_ID}, sender_id INTEGER, content TEXT);
"""
EARLIER = f"""
CREATE TABLE ai_profiles ({_ID}, name TEXT NOT NULL, nickname TEXT, project TEXT, expertise TEXT, version TEXT,
    is_active INTEGER DEFAULT 1, created_at {_NOW}, updated_at {_NOW});
CREATE TABLE ai_work_sessions ({_ID}, ai_id INTEGER NOT NULL, ai_name TEXT NOT NULL, session_type TEXT NOT NULL,
    start_time TIMESTAMP NOT NULL, end_time TIMESTAMP, status TEXT DEFAULT 'active'{_TOTALS}, metadata TEXT, {_AGENT});
CREATE TABLE ai_current_state (ai_id INTEGER PRIMARY KEY, {_STATE}, {_AGENT});
{_THOUGHTS}{_REST}
"""
NEWER = f"""
CREATE TABLE ai_profiles ({_ID}, name TEXT NOT NULL, nickname TEXT, project TEXT, expertise TEXT, version TEXT,
    is_active BOOLEAN DEFAULT TRUE, created_at {_NOW}, updated_at {_NOW});
CREATE TABLE ai_work_sessions ({_ID}, ai_id INTEGER NOT NULL, ai_name TEXT NOT NULL, session_type TEXT NOT NULL,
    start_time TIMESTAMP NOT NULL, end_time TIMESTAMP, status TEXT DEFAULT 'active'{_TOTALS}, metadata TEXT,
    session_uuid TEXT, session_identifier TEXT, project TEXT, {_AGENT});
CREATE TABLE ai_current_state (ai_id INTEGER, {_STATE}, session_start_time TIMESTAMP,
    session_identifier TEXT PRIMARY KEY, project TEXT, shared_memory_count INTEGER DEFAULT 0, session_uuid TEXT,
    git_hash TEXT, is_sleeping BOOLEAN DEFAULT FALSE, slept_at TIMESTAMP, woke_up_at TIMESTAMP);
CREATE TABLE ai_active_sessions ({_ID}, ai_id INTEGER NOT NULL, session_uuid TEXT NOT NULL UNIQUE,
    session_identifier TEXT NOT NULL, connection_time {_NOW}, last_activity {_NOW}, project TEXT,
    is_active BOOLEAN DEFAULT 1, {_AGENT});
CREATE TABLE ai_shared_memories ({_ID}, project TEXT NOT NULL, author_id INTEGER NOT NULL, memory_type TEXT NOT NULL,
    title TEXT NOT NULL, content TEXT NOT NULL, tags TEXT, visibility TEXT DEFAULT 'project', context_refs TEXT,
    created_at {_NOW}, updated_at {_NOW}, endorsement_count INTEGER DEFAULT 0);
CREATE TABLE ai_memory_endorsements ({_ID}, memory_id INTEGER NOT NULL, endorser_id INTEGER NOT NULL,
    endorsement_type TEXT DEFAULT 'useful', comment TEXT, created_at {_NOW}, UNIQUE(memory_id, endorser_id));
{_THOUGHTS}{_REST}
"""
_ROWS = """
INSERT INTO ai_profiles (id, name, nickname, project, expertise, version, is_active, updated_at) VALUES
    (3, 'Ada Lovelace', 'ada', 'engine', '100%', '1.0', 1, '2026-01-05 10:00:00'),
    (7, 'Grace', NULL, NULL, NULL, NULL, 0, NULL);
INSERT INTO ai_work_sessions (id, ai_id, ai_name, session_type, start_time, end_time, status, total_thoughts,
    total_insights, total_collaborations, total_blog_posts, total_blog_comments, total_ai_followed, metadata) VALUES
    (1, 3, 'Ada Lovelace', 'autonomous', '2026-01-01T10:00:00.123456', '2026-01-01T11:30:00', 'completed', 5, 1, 2, 3, 4, 6,
        '{"b": 1.50, "a": [1]}'),
    (2, 3, 'Ada Lovelace', 'task', '2026-01-02 10:00:00', NULL, 'active', 0, 0, 0, 0, 0, 0, NULL),
    (9, 99, 'gone', 'task', '2026-01-02 10:00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[1, 2]');
INSERT INTO ai_tasks (id, ai_id, title, description, priority, due_date, metadata) VALUES
    (4, 3, 'write', 'a long text', 1, '2026-02-01', '{"n": 1}'), (5, 7, 'read', NULL, 3, NULL, NULL);
DELETE FROM ai_tasks WHERE id = 5;
INSERT INTO ai_learning_progress (ai_id, topic, skill_level) VALUES (3, 'Esperanto', 40);
INSERT INTO ai_collaboration_history (ai_id, session_id, collaborator_id, topic)
VALUES (3, 1, 7, 'WAL'), (3, 1, 7, 'WAL');
INSERT INTO ai_brain_sessions (ai_id, stats, brain_dump) VALUES (3, '{"thoughts": 1}', '{"x": [1, 2]}');
INSERT INTO ai_messages (sender_id, content) VALUES (3, 'hello');
INSERT INTO ai_thought_history (id, ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata,
    created_at) VALUES
    (1, 3, 1, 1, 'WAL mode keeps readers going', 'insight', 'sqlite,wal', NULL, '2026-01-01 10:00:00'),
    (2, 3, 1, 2, 'why is the database locked', 'question', '', '{"step": 2}', '2026-01-01T10:00:01.500000'),
    (3, 7, NULL, NULL, '検索エンジン and café', NULL, NULL, 'no JSON', '2026-01-01 10:00:02'),
    (8, 99, 9, 3, 'an agent that is gone', 'idea', 'a, b', '', '2026-01-01T10:00:03+02:00');
"""
_STATES = {
    "earlier": """INSERT INTO ai_current_state (ai_id, current_task, current_cycle, cycle_count, last_activity, session_id,
        brain_dump) VALUES (3, 'a task', 4, 17, '2026-01-02 10:00:00', 2, '{"x": 1}'),
        (7, NULL, NULL, 0, NULL, NULL, NULL);""",
    "newer": """INSERT INTO ai_current_state (ai_id, session_identifier, current_task, project, git_hash, session_uuid,
        is_sleeping, slept_at, cycle_count) VALUES (3, 's-1', 'one', 'engine', 'abc', 'u-1', 0, NULL, 2),
        (3, 's-2', 'two', 'other', 'def', 'u-2', 1, '2026-01-02 10:00:00', 3);
        INSERT INTO ai_active_sessions (ai_id, session_uuid, session_identifier) VALUES (3, 'u-1', 's-1');
        INSERT INTO ai_shared_memories (project, author_id, memory_type, title, content, tags, context_refs)
        VALUES ('engine', 3, 'lesson', 'WAL', 'it keeps readers going', 'a,b', '[1, 2]');
        INSERT INTO ai_memory_endorsements (memory_id, endorser_id) VALUES (1, 7);""",
}
FORMS = {"earlier": EARLIER, "newer": NEWER}
#: Rows of each table.
COUNTS = {
    "ai_profiles": 2,
    "ai_work_sessions": 3,
    "ai_current_state": 2,
    "ai_tasks": 1,
    "ai_learning_progress": 1,
    "ai_collaboration_history": 2,
    "ai_brain_sessions": 1,
}
NEWER_COUNTS = {"ai_active_sessions": 1, "ai_shared_memories": 1, "ai_memory_endorsements": 1}


def counts(form: str) -> dict[str, int]:
    """Rows of each table beside the thoughts."""
    return COUNTS | (NEWER_COUNTS if form == "newer" else {})


def make(path: Path, form: str) -> Path:
    """CloudBrain's database in a file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(FORMS[form] + _ROWS + _STATES[form])
    return path


class Server(NamedTuple):
    """CloudBrain's server: sends a statement with `?`, on either engine, and commits."""

    send: Callable[..., list[Any]]
    served: bool  # on PostgreSQL

    def add_thought(self, content: str, tags: list[str], ai_id: int = 3) -> int:
        """As it stores a thought; the new id."""
        rows = self.send(
            "INSERT INTO ai_thought_history (ai_id, session_id, cycle_number, thought_content, thought_type, tags) "
            "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            ai_id,
            2,
            5,
            content,
            "insight",
            ",".join(tags) if tags else "",
        )
        return int(rows[0][0])

    def thoughts(self, ai_id: int) -> list[Any]:
        """As it reads them."""
        return self.send(
            "SELECT id, session_id, cycle_number, thought_content, thought_type, tags, created_at FROM ai_thought_history "
            "WHERE ai_id = ? ORDER BY created_at DESC LIMIT ? OFFSET ?",
            ai_id,
            50,
            0,
        )

    def begin_session(self) -> int:
        """A new session, and the agent's state with it."""
        session = self.send(
            "INSERT INTO ai_work_sessions (ai_id, ai_name, session_type, start_time, status) "
            "VALUES (?, ?, ?, ?, 'active') RETURNING id",
            3,
            "Ada Lovelace",
            "autonomous",
            "2026-03-01T10:00:00.000001",
        )[0][0]
        self.send(
            "UPDATE ai_current_state SET session_id = ?, current_cycle = 0, last_activity = ? WHERE ai_id = ?",
            session,
            "2026-03-01T10:00:00.000001",
            3,
        )
        return int(session)

    def end_session(self, session: int) -> None:
        """With what the agent did in it."""
        self.send(
            "UPDATE ai_work_sessions SET end_time = ?, status = 'completed', total_thoughts = ?, total_insights = ?, "
            "total_collaborations = ?, total_blog_posts = ?, total_blog_comments = ?, total_ai_followed = ? WHERE id = ?",
            *("2026-03-01T12:00:00", 1, 2, 3, 4, 5, 6, session),
        )

    def add_task(self) -> int:
        """A task, changed at once."""
        task = self.send(
            "INSERT INTO ai_tasks (ai_id, title, description, status, priority, task_type) "
            "VALUES (?, ?, ?, 'pending', ?, ?) RETURNING id",
            *(3, "new", "", 2, "research"),
        )[0][0]
        self.send(
            "UPDATE ai_tasks SET status = ?, updated_at = CURRENT_TIMESTAMP WHERE id = ? AND ai_id = ?", "done", task, 3
        )
        return int(task)

    def save_state(self, form: str) -> None:
        """By the key that the form has, over what is there."""
        key = "session_identifier" if form == "newer" else "ai_id"
        other = {"ai_id": 3, "session_identifier": "s-2"} if form == "newer" else {"ai_id": 3}
        names = [*other, "current_task", "cycle_count", "last_activity", "brain_dump", "checkpoint_data"]
        self.send(
            f"INSERT INTO ai_current_state ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
            f"ON CONFLICT ({key}) DO UPDATE SET current_task = EXCLUDED.current_task, cycle_count = EXCLUDED.cycle_count, "
            "last_activity = EXCLUDED.last_activity, brain_dump = EXCLUDED.brain_dump",
            *(*other.values(), "goes on", 18, "2026-03-01T10:00:00", '{"y": 2}', "{}"),
        )

    def active(self) -> list[Any]:
        """The agents at work."""
        return self.send(f"SELECT id FROM ai_profiles WHERE is_active = {'TRUE' if self.served else '1'} ORDER BY id")


@contextlib.contextmanager
def server(url: str) -> Iterator[Server]:
    """Connected to a file or to postgresql://…"""
    if url.startswith("postgresql:"):
        with psycopg.connect(url, autocommit=True) as connection:

            def send(sql: str, *values: Any) -> list[Any]:
                cursor = connection.execute(sql.replace("?", "%s").encode(), values)
                return cursor.fetchall() if cursor.description else []

            yield Server(send, served=True)
        return
    with contextlib.closing(sqlite3.connect(url, isolation_level=None)) as file:
        yield Server(lambda sql, *values: file.execute(sql, values).fetchall(), served=False)
