-- The statements that adopt a found table, and index its rows while other programs write to it.

-- add_columns: the columns of a thought that the table lacks; they are empty, and PostgreSQL rewrites no row
ALTER TABLE /*schema*/ai_thought_history /*added*/;

-- follow_rows: from then on each row is searchable as soon as its writer commits, also a row that is replicated here
CREATE TRIGGER thoughtsearch_follow AFTER INSERT OR UPDATE OR DELETE ON /*schema*/ai_thought_history
FOR EACH ROW EXECUTE FUNCTION /*schema*/thoughtsearch_follow();
ALTER TABLE /*schema*/ai_thought_history ENABLE ALWAYS TRIGGER thoughtsearch_follow;
CREATE TRIGGER thoughtsearch_follow_truncate AFTER TRUNCATE ON /*schema*/ai_thought_history
FOR EACH STATEMENT EXECUTE FUNCTION /*schema*/thoughtsearch_follow();
ALTER TABLE /*schema*/ai_thought_history ENABLE ALWAYS TRIGGER thoughtsearch_follow_truncate;

-- triggers: the triggers of thoughtsearch that are there, unchanged, and always fire
SELECT t.tgname FROM pg_trigger AS t
WHERE t.tgrelid = %(table)s::regclass::oid AND t.tgenabled = 'A' AND t.tgfoid = pg_catalog.to_regproc(%(function)s)::oid
  -- AFTER each row of INSERT, UPDATE and DELETE; AFTER the statement TRUNCATE
  AND (t.tgname, t.tgtype) IN (('thoughtsearch_follow', 29), ('thoughtsearch_follow_truncate', 32))
  AND t.tgqual IS NULL AND t.tgattr::text = '';

-- id_index: whether an index finds thoughts by id and allows each id only once; and how many tables hold the thoughts
SELECT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum
               AND (i.indisunique AND i.indnkeyatts = 1 OR c.relkind = 'p')),
    greatest(1, (SELECT count(*) FROM pg_catalog.pg_partition_tree(c.oid)))
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'id' WHERE c.oid = %(table)s::regclass::oid;

-- sample: for some thoughts from all over the table: how many they are, and how large their vectors would be
SELECT count(*), coalesce(sum(pg_catalog.pg_column_size(pg_catalog.to_tsvector('pg_catalog.english'::regconfig, content))), 0) FROM (
    SELECT left(/*thought_content_value*/, 65536) AS content
    FROM /*schema*/ai_thought_history AS h TABLESAMPLE SYSTEM (%(percent)s) LIMIT %(rows)s
) AS few;

-- estimate: about how many thoughts there are
SELECT greatest(c.reltuples, 0)::bigint, pg_catalog.pg_relation_size(c.oid) FROM pg_class AS c WHERE c.oid = %(table)s::regclass::oid;

-- begin_backfill: let a backfill begin before the smallest possible id; writers index new rows themselves
INSERT INTO /*schema*/thoughtsearch_state (key, value) VALUES ('backfill', '-9223372036854775809')
ON CONFLICT (key) DO NOTHING;

-- reached: how far a backfill is; a second backfill waits for the batch of this one, and goes on after it
SELECT value FROM /*schema*/thoughtsearch_state WHERE key = 'backfill' AND /*schema*/thoughtsearch_unrestricted() FOR UPDATE;

-- next_batch: the last id of the next thoughts to index: at least one thought, and no more than :size characters
SELECT max(id) FROM (
    SELECT id, row_number() OVER ids AS number, sum(size) OVER ids AS size FROM (
        SELECT h.id, 300 + least(coalesce(pg_catalog.octet_length(/*thought_content_value*/), 0), 65536) AS size
        FROM /*schema*/ai_thought_history AS h WHERE h.id > %(after)s ORDER BY h.id LIMIT 2000
    ) AS few WINDOW ids AS (ORDER BY id)
) AS ahead
WHERE number = 1 OR size <= %(size)s;

-- checksum: how many thoughts a range of ids holds, and a checksum of all their columns; from then on nobody can delete one
SELECT count(*), pg_catalog.encode(pg_catalog.sha256(pg_catalog.string_agg(pg_catalog.sha256(pg_catalog.convert_to(whole, 'UTF8')), '' ORDER BY id)), 'hex') FROM (
    SELECT h.id, h::text AS whole FROM /*schema*/ai_thought_history AS h
    WHERE h.id > %(after)s AND h.id <= %(last)s FOR KEY SHARE
) AS batch;

-- index_batch: index the thoughts of a range of ids, but not those that their writers have indexed
INSERT INTO /*schema*/thoughtsearch_thought
SELECT f.* FROM /*schema*/ai_thought_history AS h CROSS JOIN LATERAL /*as_indexed*/ AS f
WHERE h.id > %(after)s AND h.id <= %(last)s
ON CONFLICT (id) DO NOTHING;

-- end_backfill: record that every row is indexed
DELETE FROM /*schema*/thoughtsearch_state WHERE key = 'backfill';

-- unindexed: how many thoughts are not indexed
SELECT count(*) FROM /*schema*/ai_thought_history AS h
WHERE NOT EXISTS (SELECT 1 FROM /*schema*/thoughtsearch_thought AS s WHERE s.id = h.id);

-- lock_gone: lock some index rows whose thoughts went without a DELETE: with a dropped or detached partition, or past the
-- triggers. A writer that stores such a thought meanwhile is waited for
SELECT s.id FROM /*schema*/thoughtsearch_thought AS s
WHERE /*schema*/thoughtsearch_unrestricted()
  AND NOT EXISTS (SELECT 1 FROM /*schema*/ai_thought_history AS h WHERE h.id = s.id) LIMIT %(limit)s FOR UPDATE;

-- forget_gone: delete those of these index rows whose thoughts are still gone
DELETE FROM /*schema*/thoughtsearch_thought AS s
WHERE s.id = ANY(%(ids)s::bigint[])
  AND NOT EXISTS (SELECT 1 FROM /*schema*/ai_thought_history AS h WHERE h.id = s.id);

-- some_unindexed: how many of a backfill's next thoughts are not indexed; counts no further than :limit
SELECT count(*) FROM (
    SELECT 1 FROM /*schema*/ai_thought_history AS h
    WHERE h.id > %(after)s
      AND NOT EXISTS (SELECT 1 FROM /*schema*/thoughtsearch_thought AS s WHERE s.id = h.id)
    LIMIT %(limit)s
) AS few;

-- as_indexed: what is searched of a row h of the table; the OFFSET keeps the planner from computing the tags three times
(SELECT v.id, v.ai_id, v.session_id, v.cycle_number, v.thought_type, v.tags, v.metadata, v.created_at,
    /*schema*/thoughtsearch_vector(v.thought_content, v.thought_type, /*schema*/thoughtsearch_joined(v.tags)) AS search_vector,
    /*schema*/thoughtsearch_length(v.thought_content, v.thought_type, /*schema*/thoughtsearch_joined(v.tags)) AS search_length
 FROM (
    SELECT (/*id_value*/)::bigint AS id, (/*ai_id_value*/)::bigint AS ai_id, (/*session_id_value*/)::bigint AS session_id,
        (/*cycle_number_value*/)::bigint AS cycle_number, (/*thought_content_value*/)::text AS thought_content,
        (/*thought_type_value*/)::text AS thought_type, (/*tags_value*/)::text[] AS tags,
        (/*metadata_value*/)::jsonb AS metadata, (/*created_at_value*/)::timestamptz AS created_at
    OFFSET 0
 ) AS v);

-- searched: the table as a search reads it. A search that asks for no text does not read the thoughts themselves. The table
-- beside them has no row security. So a role from which row security hides thoughts is refused before anything is read.
-- (This stands in a subselect: up to PostgreSQL 15, a condition above the join makes the planner read the thoughts in any
-- case.)
(SELECT s.id, s.ai_id, s.session_id, s.cycle_number, /*thought_content_value*/ AS thought_content, s.thought_type, s.tags,
    s.metadata, s.created_at, s.search_vector, s.search_length
 FROM (SELECT * FROM /*schema*/thoughtsearch_thought WHERE /*schema*/thoughtsearch_unrestricted()) AS s
 LEFT JOIN /*schema*/ai_thought_history AS h ON h.id = s.id);

-- read: the table as single thoughts are read, whether they are indexed or not
(SELECT /*id_value*/ AS id, /*ai_id_value*/ AS ai_id, /*session_id_value*/ AS session_id,
    /*cycle_number_value*/ AS cycle_number, /*thought_content_value*/ AS thought_content,
    /*thought_type_value*/ AS thought_type, /*tags_value*/ AS tags, /*metadata_value*/ AS metadata,
    /*created_at_value*/ AS created_at
 FROM /*schema*/ai_thought_history AS h);
