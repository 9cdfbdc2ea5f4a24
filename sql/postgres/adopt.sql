-- The statements that adopt a table of thoughts that was there before, and index its rows while it is written to.

-- add_columns: those that a thought has and the table lacks; they are empty, and no row is rewritten
ALTER TABLE /*schema*/ai_thought_history /*added*/;

-- follow_rows: from then on every writer's row is searchable when it commits, also one that is replicated here
CREATE TRIGGER thoughtsearch_follow AFTER INSERT OR UPDATE OR DELETE ON /*schema*/ai_thought_history
FOR EACH ROW EXECUTE FUNCTION /*schema*/thoughtsearch_follow();
ALTER TABLE /*schema*/ai_thought_history ENABLE ALWAYS TRIGGER thoughtsearch_follow;
CREATE TRIGGER thoughtsearch_follow_truncate AFTER TRUNCATE ON /*schema*/ai_thought_history
FOR EACH STATEMENT EXECUTE FUNCTION /*schema*/thoughtsearch_follow();
ALTER TABLE /*schema*/ai_thought_history ENABLE ALWAYS TRIGGER thoughtsearch_follow_truncate;

-- triggers: those of ours that are there, are what they were made, and always fire
SELECT t.tgname FROM pg_trigger AS t
WHERE t.tgrelid = %(table)s::regclass AND t.tgenabled = 'A' AND t.tgfoid = to_regproc(%(function)s)
  -- AFTER each row of INSERT, UPDATE and DELETE; AFTER the statement TRUNCATE
  AND (t.tgname, t.tgtype) IN (('thoughtsearch_follow', 29), ('thoughtsearch_follow_truncate', 32))
  AND t.tgqual IS NULL AND t.tgattr = '';

-- readers: who may read the thoughts, other than their owner
SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE c.oid = %(table)s::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner;

-- let_read: whoever may read the thoughts may search them
GRANT SELECT ON /*schema*/thoughtsearch_thought TO /*readers*/;

-- row_security: whether some roles may read some rows only
SELECT c.relrowsecurity FROM pg_class AS c WHERE c.oid = %(table)s::regclass;

-- estimate: about how many thoughts there are
SELECT greatest(c.reltuples, 0)::bigint, pg_relation_size(c.oid) FROM pg_class AS c WHERE c.oid = %(table)s::regclass;

-- begin_backfill: where it begins; new rows are indexed by their writers
INSERT INTO /*schema*/thoughtsearch_state (key, value)
SELECT 'backfill', to_jsonb(coalesce(min(id), 0) - 1) FROM /*schema*/ai_thought_history
ON CONFLICT (key) DO NOTHING;

-- index_batch: index the next thoughts; none is deleted meanwhile, one that its writer has indexed is left alone
WITH batch AS (
    SELECT h FROM /*schema*/ai_thought_history AS h
    WHERE h.id > %(after)s ORDER BY h.id LIMIT %(limit)s FOR KEY SHARE
), found AS (
    INSERT INTO /*schema*/thoughtsearch_thought
    SELECT f.* FROM batch CROSS JOIN LATERAL /*schema*/thoughtsearch_of(batch.h) AS f
    ON CONFLICT (id) DO NOTHING
)
SELECT max((batch.h).id), count(*) FROM batch;

-- end_backfill: every row is indexed
DELETE FROM /*schema*/thoughtsearch_state WHERE key = 'backfill';

-- unindexed: how many thoughts are not indexed
SELECT count(*) FROM /*schema*/ai_thought_history AS h
WHERE NOT EXISTS (SELECT 1 FROM /*schema*/thoughtsearch_thought AS s WHERE s.id = h.id);

-- some_unindexed: how many of the next thoughts of a backfill are not indexed; counts no further than :limit
SELECT count(*) FROM (
    SELECT 1 FROM /*schema*/ai_thought_history AS h
    WHERE h.id > %(after)s::bigint
      AND NOT EXISTS (SELECT 1 FROM /*schema*/thoughtsearch_thought AS s WHERE s.id = h.id)
    LIMIT %(limit)s
) AS few;

-- searched: the table as a search reads it; whoever asks for no text does not read the thoughts themselves
(SELECT s.id, s.ai_id, s.session_id, s.cycle_number, /*thought_content_value*/ AS thought_content, s.thought_type, s.tags,
    s.metadata, s.created_at, s.search_vector, s.search_length
 FROM /*schema*/thoughtsearch_thought AS s LEFT JOIN /*schema*/ai_thought_history AS h ON h.id = s.id);

-- read: the table as single thoughts are read, indexed or not
(SELECT /*id_value*/ AS id, /*ai_id_value*/ AS ai_id, /*session_id_value*/ AS session_id,
    /*cycle_number_value*/ AS cycle_number, /*thought_content_value*/ AS thought_content,
    /*thought_type_value*/ AS thought_type, /*tags_value*/ AS tags, /*metadata_value*/ AS metadata,
    /*created_at_value*/ AS created_at
 FROM /*schema*/ai_thought_history AS h);
