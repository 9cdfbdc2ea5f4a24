-- The statements that inspect and create what thoughtsearch keeps in a database. /*schema*/ is the schema of the table.

-- server: what it is, whether it can be written to, and where the table is or would be
SELECT pg_catalog.current_setting('server_version_num')::integer, pg_catalog.current_setting('server_encoding'),
    pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('default_transaction_read_only')::boolean,
    coalesce((SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
              WHERE c.oid = pg_catalog.to_regclass('ai_thought_history')::oid), current_schema()),
    (SELECT c.relkind FROM pg_class AS c WHERE c.oid = pg_catalog.to_regclass('ai_thought_history')::oid);

-- tables_gone: those of these tables that are not there, or, to be told from them, may not be read
SELECT t.name, pg_catalog.to_regclass(%(schema)s || t.name) IS NULL FROM pg_catalog.unnest(%(names)s::text[]) AS t(name)
WHERE pg_catalog.has_table_privilege(pg_catalog.to_regclass(%(schema)s || t.name), 'SELECT') IS NOT TRUE;

-- columns: the columns of the table and their types
SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL), a.attgenerated <> ''
FROM pg_attribute AS a WHERE a.attrelid = %(table)s::regclass::oid AND a.attnum > 0 AND NOT a.attisdropped;

-- indexes: the valid indexes of the table
SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = %(table)s::regclass::oid AND i.indisvalid;

-- lock: one at a time makes changes; held until the transaction ends
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('thoughtsearch: ' || %(schema)s));

-- create_migrations: where the migrations are recorded
CREATE TABLE IF NOT EXISTS /*schema*/thoughtsearch_migration (
    version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
);

-- create_state: what must be remembered between two runs
CREATE TABLE IF NOT EXISTS /*schema*/thoughtsearch_state (key text PRIMARY KEY, value jsonb NOT NULL);

-- migrations: which were applied
SELECT version FROM /*schema*/thoughtsearch_migration ORDER BY version;

-- record_migration: one as applied
INSERT INTO /*schema*/thoughtsearch_migration (version, name) VALUES (%(version)s, %(name)s);

-- state: one remembered value
SELECT value FROM /*schema*/thoughtsearch_state WHERE key = %(key)s;

-- set_state: remember a value
INSERT INTO /*schema*/thoughtsearch_state (key, value) VALUES (%(key)s, %(value)s::jsonb)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- refresh_statistics: count thoughts and tokens, for the scores of later searches
INSERT INTO /*schema*/thoughtsearch_state (key, value)
SELECT 'statistics', pg_catalog.jsonb_build_object(
    'thoughts', count(*), 'tokens', coalesce(sum(search_length), 0), 'through', max(id))
FROM /*indexed*/ AS t WHERE /*schema*/thoughtsearch_unrestricted()
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- may_maintain: whether this role may do what follows
SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c WHERE c.oid = %(table)s::regclass::oid;

-- analyze: the planner's statistics of how common words and lengths are
ANALYZE /*indexed*/ (search_vector, search_length);

-- forget_words: before they are counted anew
DELETE FROM /*schema*/thoughtsearch_word;

-- count_words: how many thoughts hold each of the common words
INSERT INTO /*schema*/thoughtsearch_word (word, thoughts)
SELECT word, ndoc FROM pg_catalog.ts_stat(%(vectors)s) WHERE ndoc >= %(least)s;

-- clean_pending: move what was inserted lately into the index proper, so that no search has to read it
SELECT pg_catalog.gin_clean_pending_list(%(index)s::regclass);

-- count: how many thoughts there are
SELECT count(*) FROM /*schema*/ai_thought_history AS t;
