-- The statements of a check-up and of its repairs.

-- about: the server's version, and whether it is a standby or read-only
SELECT pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only')::boolean;

-- extensions: the extensions that could be useful, with the version that is available and the one that is installed
SELECT e.name, e.default_version, e.installed_version FROM pg_available_extensions AS e
WHERE e.name IN ('vector', 'pg_trgm') ORDER BY e.name;

-- analysed: the terms of a text, the words of its vector, and the number of its tokens
SELECT /*schema*/thoughtsearch_terms(%(text)s), pg_catalog.tsvector_to_array(/*schema*/thoughtsearch_vector(%(text)s, NULL, NULL)),
    /*schema*/thoughtsearch_length(%(text)s, NULL, NULL);

-- computed: which of these columns the database computes, and how
SELECT a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute AS a
JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %(table)s::regclass::oid AND a.attgenerated = 's';

-- indexes: all indexes of these tables: whether each is valid, its size, and the most that its rows can need; and whether
-- it is being made, or its table cleaned up
SELECT c.relname, t.relname, i.indisvalid AND i.indisready, pg_catalog.pg_relation_size(c.oid),
    (greatest(t.reltuples::float8, 0::float8) * (48 + coalesce((
        SELECT sum(s.avg_width) FROM pg_attribute AS a
        JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = t.relname AND s.attname = a.attname
        WHERE a.attrelid = t.oid AND a.attnum = ANY(i.indkey::int2[])), 0))::float8)::bigint,
    EXISTS (SELECT FROM pg_locks AS l WHERE l.locktype = 'relation' AND l.relation = t.oid AND l.granted
            AND l.mode = 'ShareUpdateExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid())
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_class AS t ON t.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE t.oid = ANY(%(tables)s::regclass[]::oid[]) ORDER BY c.relname;

-- use_indexes: make the planner use indexes in this transaction
SET LOCAL enable_seqscan = off;

-- pages_read: how many pages of an index a look-up without a match reads: the root, a leaf page, and the whole pending list
EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING OFF, SUMMARY OFF) SELECT 1 FROM /*indexed*/ AS t WHERE /*condition*/;

-- limit_pending: keep the pending list of the index short when rows are inserted
ALTER INDEX /*schema*//*index*/ SET (gin_pending_list_limit = 512);

-- state_of_rows: the number of rows, the planner's estimate of it, the number of dead versions of rows, and the number of
-- rows when they were last counted for scores
SELECT (SELECT count(*) FROM /*indexed*/), c.reltuples::bigint, pg_catalog.pg_stat_get_dead_tuples(c.oid),
    (SELECT (s.value ->> 'thoughts'::text)::bigint FROM /*schema*/thoughtsearch_state AS s WHERE s.key = 'statistics')
FROM pg_class AS c WHERE c.oid = %(table)s::regclass::oid;

-- orphans: index rows beside the thoughts whose thoughts are gone
SELECT count(*) FROM /*schema*/thoughtsearch_thought AS s
WHERE /*schema*/thoughtsearch_unrestricted()
  AND NOT EXISTS (SELECT FROM /*schema*/ai_thought_history AS h WHERE h.id = s.id);

-- next_part: the next thoughts from an id on
SELECT h.* FROM /*schema*/ai_thought_history AS h WHERE h.id >= %(first)s ORDER BY h.id LIMIT %(limit)s;

-- sampled_part: some thoughts from all over the table
SELECT h.* FROM /*schema*/ai_thought_history AS h TABLESAMPLE SYSTEM (%(percent)s);

-- compare: for a part: its last id, the number of its thoughts, and those whose vector differs from what the analysis makes
SELECT max(h.id), count(*), coalesce(pg_catalog.array_agg(h.id ORDER BY h.id) FILTER (WHERE
    h.search_vector IS DISTINCT FROM /*schema*/thoughtsearch_vector(
        h.thought_content, h.thought_type, /*schema*/thoughtsearch_joined(h.tags))
    OR h.search_length IS DISTINCT FROM /*schema*/thoughtsearch_length(
        h.thought_content, h.thought_type, /*schema*/thoughtsearch_joined(h.tags))), '{}')
FROM (/*part*/) AS h;

-- compare_beside: the same for a found table: the thoughts whose row beside them is not the right one or, where these are
-- asked for, is missing
SELECT max(h.id), count(*), coalesce(pg_catalog.array_agg(h.id ORDER BY h.id) FILTER (
    WHERE (s.id IS NULL OR s OPERATOR(pg_catalog.<>) f) AND (s.id IS NOT NULL OR %(without)s)), '{}')
FROM (/*part*/) AS h CROSS JOIN LATERAL /*as_indexed*/ AS f
LEFT JOIN /*schema*/thoughtsearch_thought AS s ON s.id = h.id;

-- compute_again: compute the vectors of these thoughts again; their columns keep their values
UPDATE /*schema*/ai_thought_history SET thought_content = thought_content WHERE id = ANY(%(ids)s::bigint[]);

-- index_again: make the rows beside these thoughts again; a writer that changes one of them meanwhile is waited for
WITH batch AS (
    SELECT h.* FROM /*schema*/ai_thought_history AS h WHERE h.id = ANY(%(ids)s::bigint[]) FOR NO KEY UPDATE
)
INSERT INTO /*schema*/thoughtsearch_thought
SELECT f.* FROM batch AS h CROSS JOIN LATERAL /*as_indexed*/ AS f
ON CONFLICT (id) DO UPDATE SET
    ai_id = excluded.ai_id, session_id = excluded.session_id, cycle_number = excluded.cycle_number,
    thought_type = excluded.thought_type, tags = excluded.tags, metadata = excluded.metadata,
    created_at = excluded.created_at, search_vector = excluded.search_vector, search_length = excluded.search_length;
