-- The statements of a transfer. /*name*/, /*listed*/, /*key*/ and so on are filled with identifiers in quotes.

-- extent: how many thoughts there are, the smallest id and the largest
SELECT count(*), min(id), max(id) FROM ai_thought_history;

-- advance: how far a transfer has come; no row where it is not where it was thought to be
INSERT INTO thoughtsearch_state (key, value) VALUES (:key, :reached)
ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value = :before
RETURNING key;

-- counts_up: whether ids of this table come from a counter
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name AND sql LIKE '%AUTOINCREMENT%';

-- begin_sequence: a counter for a table that has not had a row
INSERT INTO sqlite_sequence (name, seq)
SELECT :name, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :name);

-- raise_sequence: new rows get ids behind this one
UPDATE sqlite_sequence SET seq = :last WHERE name = :name AND seq < :last;

-- columns: the columns of a table and their types; none where there is no such table
SELECT c.name, lower(c.type) FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name = :name;

-- rows: rows of a companion table in the order of their key
SELECT /*listed*/ FROM /*name*/ WHERE /*after*/ ORDER BY /*key*/ LIMIT :limit;

-- count: how many rows there are
SELECT count(*) FROM /*name*/;

-- keep: a row, unless there is one with its key
INSERT INTO /*name*/ (/*listed*/) SELECT /*values*/ WHERE NOT EXISTS (SELECT 1 FROM /*name*/ WHERE /*same*/);

-- create_ai_work_sessions: the table of sessions as CloudBrain makes it, but that a start may be unknown
CREATE TABLE IF NOT EXISTS ai_work_sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ai_id INTEGER NOT NULL, ai_name TEXT NOT NULL, session_type TEXT NOT NULL,
    start_time TIMESTAMP, end_time TIMESTAMP, status TEXT DEFAULT 'active',
    total_thoughts INTEGER DEFAULT 0, total_insights INTEGER DEFAULT 0, metadata TEXT,
    FOREIGN KEY (ai_id) REFERENCES ai_profiles(id)
);

-- create_ai_current_state: the table of what each agent is at, as CloudBrain makes it
CREATE TABLE IF NOT EXISTS ai_current_state (
    ai_id INTEGER PRIMARY KEY, current_task TEXT, last_thought TEXT, last_insight TEXT, current_cycle INTEGER,
    cycle_count INTEGER DEFAULT 0, last_activity TIMESTAMP DEFAULT CURRENT_TIMESTAMP, session_id INTEGER, brain_dump TEXT,
    checkpoint_data TEXT,
    FOREIGN KEY (ai_id) REFERENCES ai_profiles(id), FOREIGN KEY (session_id) REFERENCES ai_work_sessions(id)
);
