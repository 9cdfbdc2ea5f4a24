-- Vectors of thoughts, apart from the thoughts: another model is new rows, and the old ones serve until it is complete.
-- A search by meaning compares the query with the vectors of the one model that is active.
CREATE TABLE IF NOT EXISTS thoughtsearch_model (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    spec TEXT,
    dimensions INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 0,
    embedded INTEGER NOT NULL DEFAULT 0,
    deletions INTEGER NOT NULL DEFAULT 0
);

-- Half-precision floats, little-endian. A program that keeps the vectors in memory knows by `number`, which only grows, what
-- is new, and by the model's `deletions` whether some are gone; a change is a deletion and a new row.
CREATE TABLE IF NOT EXISTS ai_thought_embedding (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    thought_id INTEGER NOT NULL,
    model INTEGER NOT NULL,
    embedding BLOB NOT NULL,
    UNIQUE (thought_id, model)
);

-- Thoughts that the embedder refused twice.
CREATE TABLE IF NOT EXISTS thoughtsearch_unembedded (
    thought_id INTEGER NOT NULL, model INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (thought_id, model)
) WITHOUT ROWID;

CREATE TRIGGER ai_thought_embedding_insert AFTER INSERT ON ai_thought_embedding BEGIN
    UPDATE thoughtsearch_model SET embedded = embedded + 1 WHERE id = new.model;
END;

CREATE TRIGGER ai_thought_embedding_delete AFTER DELETE ON ai_thought_embedding BEGIN
    UPDATE thoughtsearch_model SET embedded = embedded - 1, deletions = deletions + 1 WHERE id = old.model;
END;

-- A vector goes with its text, whoever changes or deletes it; also where INSERT OR REPLACE does.
CREATE TRIGGER ai_thought_history_embedding_insert AFTER INSERT ON ai_thought_history BEGIN
    DELETE FROM ai_thought_embedding WHERE thought_id = new.id;
    DELETE FROM thoughtsearch_unembedded WHERE thought_id = new.id;
END;

CREATE TRIGGER ai_thought_history_embedding_update AFTER UPDATE OF id, thought_content ON ai_thought_history
WHEN old.thought_content IS NOT new.thought_content OR old.id <> new.id BEGIN
    DELETE FROM ai_thought_embedding WHERE thought_id IN (old.id, new.id);
    DELETE FROM thoughtsearch_unembedded WHERE thought_id IN (old.id, new.id);
END;

CREATE TRIGGER ai_thought_history_embedding_delete AFTER DELETE ON ai_thought_history BEGIN
    DELETE FROM ai_thought_embedding WHERE thought_id = old.id;
    DELETE FROM thoughtsearch_unembedded WHERE thought_id = old.id;
END;
