-- The statements that inspect, create and fill the search index.

-- objects: all objects of the database
SELECT type, name, tbl_name, sql FROM sqlite_master;

-- columns: the columns of the table
SELECT name, upper(type), pk FROM pragma_table_info('ai_thought_history');

-- key_index: the index of a primary key that is not the rowid itself; none for a true INTEGER PRIMARY KEY
SELECT name FROM pragma_index_list('ai_thought_history') WHERE origin = 'pk';

-- create_migrations: the table that records the applied migrations
CREATE TABLE IF NOT EXISTS thoughtsearch_migration (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- migrations: the applied migrations
SELECT version FROM thoughtsearch_migration ORDER BY version;

-- record_migration: record a migration as applied
INSERT INTO thoughtsearch_migration (version, name) VALUES (:version, :name);

-- create_state: the table for values that are remembered between two runs
CREATE TABLE IF NOT EXISTS thoughtsearch_state (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- state: one remembered value
SELECT value FROM thoughtsearch_state WHERE key = :key;

-- set_state: remember a value
INSERT INTO thoughtsearch_state (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- count: the number of thoughts
SELECT count(*) FROM ai_thought_history;

-- read_through: read every row of the table, and not just the entries of an index
SELECT count(created_at) FROM ai_thought_history NOT INDEXED;

-- unindexed: how many thoughts are not indexed
SELECT count(*) FROM ai_thought_history AS t
WHERE NOT EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id);

-- some_unindexed: how many of a backfill's next thoughts are not indexed; counts no further than :limit
SELECT count(*) FROM (
    SELECT 1 FROM ai_thought_history AS t
    WHERE t.id > :after AND NOT EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id)
    LIMIT :limit
);

-- next_batch: the last id of the next thoughts to index: at least one thought, and no more than :size characters
SELECT max(id) FROM (
    SELECT id, row_number() OVER ids AS number, sum(size) OVER ids AS size FROM (
        SELECT id, 300 + min(coalesce(length(CAST(thought_content AS BLOB)), 0), 65536) AS size
        FROM ai_thought_history WHERE id > :after ORDER BY id LIMIT 4000
    ) WINDOW ids AS (ORDER BY id)
)
WHERE number = 1 OR size <= :size;

-- checksum: how many thoughts a range of ids holds, and a checksum of all their columns
SELECT count(*), checksum(CAST(id /*columns*/ AS BLOB)) FROM (
    SELECT * FROM ai_thought_history WHERE id > :after AND id <= :last ORDER BY id
);

-- index_batch: index those thoughts of a range of ids that are not indexed yet
INSERT INTO ai_thought_history_fts (rowid, thought_content, thought_type, tags)
SELECT t.* FROM ai_thought_history_text AS t
WHERE t.id > :after AND t.id <= :last
  AND NOT EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id);

-- spread: :rows thoughts from all over the table
WITH RECURSIVE extent(low, high) AS MATERIALIZED (
    SELECT (SELECT min(id) FROM ai_thought_history), (SELECT max(id) FROM ai_thought_history)
), place(number, id) AS (
    SELECT 0, low FROM extent
    UNION ALL
    SELECT number + 1, low + CAST((high - 1.0 * low) * (number + 1) / :rows AS INTEGER)
    FROM place, extent WHERE number + 1 < :rows
)
SELECT thought_content, thought_type, tags, created_at FROM ai_thought_history
WHERE id IN (SELECT (SELECT t.id FROM ai_thought_history AS t WHERE t.id >= place.id ORDER BY t.id LIMIT 1) FROM place);

-- keep_sample: store a thought in a database made for measuring
INSERT INTO ai_thought_history (ai_id, thought_content, thought_type, tags, created_at)
VALUES (1, :thought_content, :thought_type, :tags, :created_at);

-- size: the size of the database, in bytes
SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size();

-- index_tags_batch: index the tags of a range of ids
INSERT OR IGNORE INTO ai_thought_tag
SELECT s.* FROM ai_thought_tag_single AS s WHERE s.thought_id > :after AND s.thought_id <= :last;
