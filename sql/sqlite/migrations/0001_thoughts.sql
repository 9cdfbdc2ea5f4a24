-- The table as CloudBrain makes it, where there is none; indexes for reading it by agent, session and time.
CREATE TABLE IF NOT EXISTS ai_thought_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ai_id INTEGER NOT NULL,
    session_id INTEGER,
    cycle_number INTEGER,
    thought_content TEXT NOT NULL,
    thought_type TEXT,
    tags TEXT,
    metadata TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX IF NOT EXISTS ai_thought_history_agent ON ai_thought_history (ai_id, session_id);
CREATE INDEX IF NOT EXISTS ai_thought_history_session ON ai_thought_history (session_id);

-- created_at in UTC as 'YYYY-MM-DD HH:MM:SS[.ffffff]', which sorts as text: found tables hold both date forms, with and
-- without an offset. NULL where it is no time. datetime() alone would lose the microseconds; what it leaves as
-- it is, as CURRENT_TIMESTAMP, is so five times as quick. The expression stands in
-- the view below once more: SQLite uses the index only where both are equal.
CREATE INDEX IF NOT EXISTS ai_thought_history_created_utc ON ai_thought_history (
    CASE WHEN length(created_at) = 19 AND datetime(created_at) = created_at THEN created_at
    WHEN created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'
    THEN datetime(substr(created_at, 1, 19)
            || CASE length(ltrim(substr(created_at, 20), '.,0123456789'))
               WHEN 3 THEN ltrim(substr(created_at, 20), '.,0123456789') || ':00'
               WHEN 5 THEN substr(ltrim(substr(created_at, 20), '.,0123456789'), 1, 3) || ':' || substr(created_at, -2)
               ELSE ltrim(substr(created_at, 20), '.,0123456789') END)
        || rtrim(rtrim(replace(substr(created_at, 20,
               min(7, length(created_at) - 19 - length(ltrim(substr(created_at, 20), '.,0123456789')))), ',', '.'), '0'), '.')
    WHEN created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' THEN datetime(created_at) END
);

CREATE VIEW ai_thought_history_read AS
SELECT id, ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata,
    CASE WHEN length(created_at) = 19 AND datetime(created_at) = created_at THEN created_at
    WHEN created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'
    THEN datetime(substr(created_at, 1, 19)
            || CASE length(ltrim(substr(created_at, 20), '.,0123456789'))
               WHEN 3 THEN ltrim(substr(created_at, 20), '.,0123456789') || ':00'
               WHEN 5 THEN substr(ltrim(substr(created_at, 20), '.,0123456789'), 1, 3) || ':' || substr(created_at, -2)
               ELSE ltrim(substr(created_at, 20), '.,0123456789') END)
        || rtrim(rtrim(replace(substr(created_at, 20,
               min(7, length(created_at) - 19 - length(ltrim(substr(created_at, 20), '.,0123456789')))), ',', '.'), '0'), '.')
    WHEN created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' THEN datetime(created_at) END AS created_utc
FROM ai_thought_history;
