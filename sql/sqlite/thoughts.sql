-- The statements that read and write single thoughts.

-- insert: store a thought
INSERT INTO ai_thought_history
    (ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata, created_at)
VALUES (:ai_id, :session_id, :cycle_number, :thought_content, :thought_type, :tags, :metadata, :created_at);

-- insert_numbered: store a thought with a given id
INSERT INTO ai_thought_history
    (id, ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata, created_at)
VALUES (:id, :ai_id, :session_id, :cycle_number, :thought_content, :thought_type, :tags, :metadata, :created_at);

-- insert_returning: store a thought, and return its id
INSERT INTO ai_thought_history
    (ai_id, session_id, cycle_number, thought_content, thought_type, tags, metadata, created_at)
VALUES (:ai_id, :session_id, :cycle_number, :thought_content, :thought_type, :tags, :metadata, :created_at)
RETURNING id;

-- get: one thought
SELECT t.* FROM ai_thought_history_read AS t WHERE t.id = :id;

-- with_ids: those of these thoughts that exist
SELECT t.* FROM ai_thought_history_read AS t WHERE t.id IN (SELECT value FROM json_each(:ids)) ORDER BY t.id;

-- before: the thoughts of the same agent and session before this one, nearest first
SELECT t.* FROM ai_thought_history_read AS t
WHERE t.ai_id = :ai_id AND t.session_id IS :session_id AND t.id < :id ORDER BY t.id DESC LIMIT :limit;

-- after: the thoughts of the same agent and session after this one, nearest first
SELECT t.* FROM ai_thought_history_read AS t
WHERE t.ai_id = :ai_id AND t.session_id IS :session_id AND t.id > :id ORDER BY t.id LIMIT :limit;

-- export: thoughts in the order of their ids, from the one after :id
SELECT t.* FROM ai_thought_history_read AS t WHERE t.id > :id ORDER BY t.id LIMIT :limit;

-- stats: the number of thoughts, agents and sessions, and the first and last time
SELECT count(*), count(DISTINCT ai_id), count(DISTINCT session_id), min(created_utc), max(created_utc)
FROM ai_thought_history_read;

-- capped: thoughts of which only the beginning is indexed
SELECT count(*) FROM ai_thought_history WHERE length(thought_content) > :indexed_characters;

-- create_agents: make the table of agents' names as CloudBrain does, where there is none
CREATE TABLE IF NOT EXISTS ai_profiles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, nickname TEXT, project TEXT, expertise TEXT, version TEXT,
    is_active INTEGER DEFAULT 1, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

-- name_agent: give a name to an agent that has none
INSERT INTO ai_profiles (id, name) SELECT :id, :name WHERE NOT EXISTS (SELECT 1 FROM ai_profiles WHERE id = :id);
