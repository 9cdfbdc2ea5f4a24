-- Every tag of every thought singly, kept by triggers: tags are found exactly and counted without a look at the table.
CREATE TABLE ai_thought_tag (
    tag TEXT NOT NULL, thought_id INTEGER NOT NULL, PRIMARY KEY (tag, thought_id)
) WITHOUT ROWID;
CREATE INDEX ai_thought_tag_thought ON ai_thought_tag (thought_id);

-- 'a, b' as two rows: the text in JSON quotes, each comma made into '","', is a JSON array.
CREATE VIEW ai_thought_tag_single AS
SELECT DISTINCT trim(single.value) AS tag, t.id AS thought_id
FROM ai_thought_history AS t
CROSS JOIN json_each('[' || replace(json_quote(CAST(t.tags AS TEXT)), ',', '","') || ']') AS single
WHERE t.tags <> '' AND trim(single.value) <> '';

CREATE TRIGGER ai_thought_tag_insert AFTER INSERT ON ai_thought_history BEGIN
    DELETE FROM ai_thought_tag WHERE thought_id = new.id;
    INSERT INTO ai_thought_tag SELECT s.* FROM ai_thought_tag_single AS s WHERE s.thought_id = new.id;
END;

CREATE TRIGGER ai_thought_tag_update AFTER UPDATE OF id, tags ON ai_thought_history BEGIN
    DELETE FROM ai_thought_tag WHERE thought_id IN (old.id, new.id);
    INSERT INTO ai_thought_tag SELECT s.* FROM ai_thought_tag_single AS s WHERE s.thought_id = new.id;
END;

CREATE TRIGGER ai_thought_tag_delete AFTER DELETE ON ai_thought_history BEGIN
    DELETE FROM ai_thought_tag WHERE thought_id = old.id;
END;
