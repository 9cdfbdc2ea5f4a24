-- The full-text index over the view of 0002, kept by triggers, so that every writer's row is in it when it commits.
-- (The comment inside the next statement lets `sqlite-utils` recognise the index of this table: content="ai_thought_history")
CREATE VIRTUAL TABLE ai_thought_history_fts USING fts5 /* of content="ai_thought_history", through its view */ (
    thought_content, thought_type, tags,
    content='ai_thought_history_text', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
);

-- Terms and how many thoughts hold them, read from the index: for long questions and for statistics.
CREATE VIRTUAL TABLE ai_thought_history_vocab USING fts5vocab(ai_thought_history_fts, row);

-- FTS5 can only forget a row whose old text it is told. So each change is made in two steps: a BEFORE trigger puts the old
-- text here, the AFTER trigger takes it out of the index and from here. What a BEFORE trigger put here for nothing (the row
-- was ignored) does no harm: a text that stands here is always what the index holds. INSERT OR REPLACE needs this most: it removes the old row without firing
-- the delete triggers, as recursive_triggers is off in plain connections.
CREATE TABLE ai_thought_history_replaced (
    id INTEGER PRIMARY KEY, thought_content TEXT, thought_type TEXT, tags TEXT
);

-- The AFTER triggers bear the names of CloudBrain's own, so that its CREATE TRIGGER IF NOT EXISTS finds them there.
-- docsize tells which rows are in the index: one that a backfill has yet to reach must not be taken out of it.
-- (No OR REPLACE in here: the conflict clause of the statement that fires a trigger takes the place of those inside.)
CREATE TRIGGER ai_thought_history_fts_before_insert BEFORE INSERT ON ai_thought_history
WHEN EXISTS (SELECT 1 FROM ai_thought_history WHERE id = new.id) BEGIN
    INSERT INTO ai_thought_history_replaced
    SELECT t.* FROM ai_thought_history_text AS t
    WHERE t.id = new.id AND EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id)
      AND NOT EXISTS (SELECT 1 FROM ai_thought_history_replaced AS r WHERE r.id = t.id);
END;

CREATE TRIGGER ai_thought_history_fts_insert AFTER INSERT ON ai_thought_history BEGIN
    INSERT INTO ai_thought_history_fts (ai_thought_history_fts, rowid, thought_content, thought_type, tags)
    SELECT 'delete', r.* FROM ai_thought_history_replaced AS r WHERE r.id = new.id;
    DELETE FROM ai_thought_history_replaced WHERE id = new.id;
    INSERT INTO ai_thought_history_fts (rowid, thought_content, thought_type, tags)
    SELECT t.* FROM ai_thought_history_text AS t
    WHERE t.id = new.id AND NOT EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id);
END;

CREATE TRIGGER ai_thought_history_fts_before_update
BEFORE UPDATE OF id, thought_content, thought_type, tags ON ai_thought_history BEGIN
    INSERT INTO ai_thought_history_replaced
    SELECT t.* FROM ai_thought_history_text AS t
    WHERE t.id IN (old.id, new.id) AND EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id)
      AND NOT EXISTS (SELECT 1 FROM ai_thought_history_replaced AS r WHERE r.id = t.id);
END;

CREATE TRIGGER ai_thought_history_fts_update
AFTER UPDATE OF id, thought_content, thought_type, tags ON ai_thought_history BEGIN
    INSERT INTO ai_thought_history_fts (ai_thought_history_fts, rowid, thought_content, thought_type, tags)
    SELECT 'delete', r.* FROM ai_thought_history_replaced AS r WHERE r.id IN (old.id, new.id);
    DELETE FROM ai_thought_history_replaced WHERE id IN (old.id, new.id);
    INSERT INTO ai_thought_history_fts (rowid, thought_content, thought_type, tags)
    SELECT t.* FROM ai_thought_history_text AS t
    WHERE t.id = new.id AND NOT EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id);
END;

CREATE TRIGGER ai_thought_history_fts_before_delete BEFORE DELETE ON ai_thought_history BEGIN
    INSERT INTO ai_thought_history_replaced
    SELECT t.* FROM ai_thought_history_text AS t
    WHERE t.id = old.id AND EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id)
      AND NOT EXISTS (SELECT 1 FROM ai_thought_history_replaced AS r WHERE r.id = t.id);
END;

CREATE TRIGGER ai_thought_history_fts_delete AFTER DELETE ON ai_thought_history BEGIN
    INSERT INTO ai_thought_history_fts (ai_thought_history_fts, rowid, thought_content, thought_type, tags)
    SELECT 'delete', r.* FROM ai_thought_history_replaced AS r WHERE r.id = old.id;
    DELETE FROM ai_thought_history_replaced WHERE id = old.id;
END;
