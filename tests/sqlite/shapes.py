"""Tables as other programs leave them behind: CloudBrain's three shapes, and stranger ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

PROFILES = """
CREATE TABLE ai_profiles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, nickname TEXT, project TEXT, expertise TEXT, version TEXT,
    is_active INTEGER DEFAULT 1, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
INSERT INTO ai_profiles (name, nickname) VALUES ('Ada Lovelace', 'ada'), ('Grace', NULL);
"""
TABLE = """
CREATE TABLE ai_work_sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ai_id INTEGER NOT NULL, ai_name TEXT NOT NULL, session_type TEXT NOT NULL,
    start_time TIMESTAMP NOT NULL, FOREIGN KEY (ai_id) REFERENCES ai_profiles(id));
CREATE TABLE ai_thought_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ai_id INTEGER NOT NULL, session_id INTEGER, cycle_number INTEGER,
    thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT, metadata TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (ai_id) REFERENCES ai_profiles(id), FOREIGN KEY (session_id) REFERENCES ai_work_sessions(id));
CREATE INDEX idx_thought_history_ai ON ai_thought_history(ai_id);
CREATE INDEX idx_thought_history_session ON ai_thought_history(session_id);
CREATE INDEX idx_thought_history_created ON ai_thought_history(created_at);
"""
INDEX = """
CREATE VIRTUAL TABLE IF NOT EXISTS ai_thought_history_fts USING fts5(thought_content, detail=full);
CREATE TRIGGER IF NOT EXISTS ai_thought_history_fts_insert AFTER INSERT ON ai_thought_history BEGIN
    INSERT INTO ai_thought_history_fts(rowid, thought_content) VALUES (new.id, new.thought_content); END;
CREATE TRIGGER IF NOT EXISTS ai_thought_history_fts_update AFTER UPDATE OF thought_content ON ai_thought_history BEGIN
    UPDATE ai_thought_history_fts SET thought_content = new.thought_content WHERE rowid = old.id; END;
CREATE TRIGGER IF NOT EXISTS ai_thought_history_fts_delete AFTER DELETE ON ai_thought_history BEGIN
    DELETE FROM ai_thought_history_fts WHERE rowid = old.id; END;
"""
#: CloudBrain's own statements, which must go on working.
INSERT = (
    "INSERT INTO ai_thought_history (ai_id, session_id, cycle_number, thought_content, thought_type, tags) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
SELECT = (
    "SELECT t.id, t.thought_content, p.name FROM ai_thought_history t JOIN ai_profiles p ON p.id = t.ai_id "
    "WHERE t.ai_id = ? ORDER BY t.created_at DESC, t.id DESC LIMIT 5"
)
ROWS = (
    (1, None, 1, "running the indexes on sqlite", "insight", "sqlite,wal"),
    (2, None, 2, "検索エンジンを試す with WAL", "question", "wal, 日本 ,"),
    (1, None, None, "café locked again", None, None),
)
OLD = ("index", "検索", "cafe")

A = PROFILES + TABLE + INDEX
B_DAMAGE = "DROP TABLE ai_thought_history_fts;"
C_DAMAGE = """
DROP TRIGGER ai_thought_history_fts_insert; DROP TRIGGER ai_thought_history_fts_update;
DROP TRIGGER ai_thought_history_fts_delete; DROP TABLE ai_thought_history_fts;
"""
CLOUDBRAIN = {"A": "", "B": B_DAMAGE, "C": C_DAMAGE}

#: Leftovers of other searches over the same table, each made after `PROFILES + TABLE`.
LEFTOVERS = {
    "contentless": "CREATE VIRTUAL TABLE ai_thought_history_fts USING fts5(thought_content, content='');",
    "external content": """
        CREATE VIRTUAL TABLE ai_thought_history_fts USING fts5(
            thought_content, content='ai_thought_history', content_rowid='id');
        CREATE TRIGGER thoughts_ai AFTER INSERT ON ai_thought_history BEGIN
            INSERT INTO ai_thought_history_fts(rowid, thought_content) VALUES (new.id, new.thought_content); END;
        CREATE TRIGGER thoughts_ad AFTER DELETE ON ai_thought_history BEGIN
            INSERT INTO ai_thought_history_fts(ai_thought_history_fts, rowid, thought_content)
            VALUES ('delete', old.id, old.thought_content); END;""",
    "fts4": "CREATE VIRTUAL TABLE ai_thought_history_fts USING fts4(thought_content);",
    "a plain table of that name": "CREATE TABLE ai_thought_history_fts (thought_content TEXT);",
    "a view of that name": "CREATE VIEW ai_thought_history_fts AS SELECT id, thought_content FROM ai_thought_history;",
    "an index elsewhere": """
        CREATE VIRTUAL TABLE search USING fts5(thought_content);
        CREATE TRIGGER search_insert AFTER INSERT ON ai_thought_history BEGIN
            INSERT INTO search(rowid, thought_content) VALUES (new.id, new.thought_content); END;""",
    "an audit trigger": """
        CREATE TABLE audit (thought_id INTEGER);
        CREATE TRIGGER audit_insert AFTER INSERT ON ai_thought_history BEGIN INSERT INTO audit VALUES (new.id); END;""",
    "a view and a reference": """
        CREATE VIEW recent AS SELECT id, thought_content FROM ai_thought_history;
        CREATE TABLE bookmarks (thought_id INTEGER REFERENCES ai_thought_history(id) ON DELETE CASCADE);""",
}
#: Tables that are searched although they lack something.
LACKING = {
    "no optional columns": "id INTEGER PRIMARY KEY, ai_id INTEGER, thought_content TEXT, created_at TEXT",
    "other order": "created_at TEXT, thought_content TEXT, metadata TEXT, tags TEXT, ai_id INTEGER, id INTEGER PRIMARY KEY",
    "upper case": "ID INTEGER PRIMARY KEY, AI_ID INTEGER, THOUGHT_CONTENT TEXT, TAGS TEXT, CREATED_AT TEXT",
    "more columns": "id INTEGER PRIMARY KEY, ai_id INTEGER, thought_content TEXT, created_at TEXT, mood TEXT, score REAL",
    "a generated column": "id INTEGER PRIMARY KEY, ai_id INTEGER, thought_content TEXT, created_at TEXT, "
    "size INTEGER GENERATED ALWAYS AS (length(thought_content)) VIRTUAL",
    "lower case type": "id integer primary key, ai_id int, thought_content varchar(100), created_at datetime",
}
#: Tables that can't be adopted, and a word that the error must hold.
REFUSED = {
    "a view": ("CREATE VIEW ai_thought_history AS SELECT 1 AS id", "view"),
    "no content": (
        "CREATE TABLE ai_thought_history (id INTEGER PRIMARY KEY, ai_id INTEGER, created_at TEXT)",
        "thought_content",
    ),
    "no id": ("CREATE TABLE ai_thought_history (ai_id INTEGER, thought_content TEXT, created_at TEXT)", " id"),
    "id without key": (
        "CREATE TABLE ai_thought_history (id INTEGER, ai_id INTEGER, thought_content TEXT, created_at TEXT)",
        "id",
    ),
    "id a text": ("CREATE TABLE ai_thought_history (id TEXT PRIMARY KEY, ai_id, thought_content, created_at)", "id"),
    "id INT": ("CREATE TABLE ai_thought_history (id INT PRIMARY KEY, ai_id, thought_content, created_at)", "id"),
    "key of two": (
        "CREATE TABLE ai_thought_history (id INTEGER, ai_id INTEGER, thought_content, created_at, PRIMARY KEY (id, ai_id))",
        "id",
    ),
    "without rowid": (
        "CREATE TABLE ai_thought_history (id INTEGER PRIMARY KEY, ai_id INTEGER, thought_content TEXT, created_at TEXT) "
        "WITHOUT ROWID",
        "id",
    ),
    "descending key": (
        "CREATE TABLE ai_thought_history (id INTEGER PRIMARY KEY DESC, ai_id, thought_content, created_at)",
        "id",
    ),
    "virtual": ("CREATE VIRTUAL TABLE ai_thought_history USING fts5(id, ai_id, thought_content, created_at)", "id"),
}


def make(path: Path, script: str, rows: Iterable[tuple[object, ...]] = ROWS, then: str = "") -> Path:
    """A database of this shape with these rows of CloudBrain's INSERT; `then` what befell it afterwards."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        connection.executemany(INSERT, rows)
        connection.commit()
        connection.executescript(then)
    return path
