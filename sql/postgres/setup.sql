-- The statements that inspect a database, and create what thoughtsearch keeps in it. /*schema*/ is the schema of the table.

-- server: the server's version and encoding, whether it accepts writes, and where the table is or would be
SELECT pg_catalog.current_setting('server_version_num')::integer, pg_catalog.current_setting('server_encoding'),
    pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('default_transaction_read_only')::boolean,
    coalesce((SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
              WHERE c.oid = pg_catalog.to_regclass('ai_thought_history')::oid), current_schema()),
    (SELECT c.relkind FROM pg_class AS c WHERE c.oid = pg_catalog.to_regclass('ai_thought_history')::oid);

-- tables_gone: those of these tables that don't exist or that this role may not read, and which of the two it is
SELECT t.name, pg_catalog.to_regclass(%(schema)s || t.name) IS NULL FROM pg_catalog.unnest(%(names)s::text[]) AS t(name)
WHERE pg_catalog.has_table_privilege(pg_catalog.to_regclass(%(schema)s || t.name), 'SELECT') IS NOT TRUE;

-- columns: the columns of the table and their types
SELECT a.attname, pg_catalog.btrim(pg_catalog.format_type(a.atttypid, NULL), '"'), a.attgenerated <> ''
FROM pg_attribute AS a WHERE a.attrelid = %(table)s::regclass::oid AND a.attnum > 0 AND NOT a.attisdropped;

-- elsewhere: the tables that have the triggers of thoughtsearch, or whose vectors its function computes
SELECT t.tgrelid::regclass::text FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE t.tgname = 'thoughtsearch_follow' AND p.pronamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(%(schema)s))::oid
UNION
SELECT a.adrelid::regclass::text
FROM pg_proc AS p
JOIN pg_depend AS d ON d.refclassid = 'pg_catalog.pg_proc'::regclass::oid AND d.refobjid = p.oid AND d.classid = 'pg_catalog.pg_attrdef'::regclass::oid
JOIN pg_attrdef AS a ON a.oid = d.objid
WHERE p.proname = 'thoughtsearch_vector' AND p.pronamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(%(schema)s))::oid;

-- computed: the columns of the table that functions of thoughtsearch compute
SELECT a.attname FROM pg_attribute AS a
JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %(table)s::regclass::oid AND a.attgenerated = 's'
  AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) ~ 'thoughtsearch_(vector|length)[(]';

-- indexes: the valid indexes of the table
SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = %(table)s::regclass::oid AND i.indisvalid;

-- lock: let only one process at a time make changes; the lock is held until the transaction ends
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('thoughtsearch: ' || %(schema)s));

-- create_migrations: the table that records the applied migrations
CREATE TABLE IF NOT EXISTS /*schema*/thoughtsearch_migration (
    version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
);

-- create_state: the table for values that are remembered between two runs
CREATE TABLE IF NOT EXISTS /*schema*/thoughtsearch_state (key text PRIMARY KEY, value jsonb NOT NULL);

-- migrations: the applied migrations
SELECT version, name FROM /*schema*/thoughtsearch_migration ORDER BY version;

-- forget_migrations: delete the record of migrations before it is written with other numbers
DELETE FROM /*schema*/thoughtsearch_migration;

-- record_migration: record a migration as applied
INSERT INTO /*schema*/thoughtsearch_migration (version, name) VALUES (%(version)s, %(name)s);

-- states: the values read when a database is opened: the version of the analysis, and the fingerprint of the applied
-- migrations
SELECT key, value FROM /*schema*/thoughtsearch_state WHERE key IN ('analysis', 'migrations');

-- functions: the functions with these names that exist: the names of their arguments, their bodies, and whether this role
-- may change them
SELECT p.proname, coalesce(p.proargnames, '{}'), p.prosrc, pg_catalog.pg_has_role(p.proowner, 'USAGE') FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = %(schema)s AND p.proname = ANY(%(names)s::text[]);

-- text_search: the dictionaries and configurations for text search in the schema
SELECT 'DICTIONARY', d.dictname FROM pg_ts_dict AS d JOIN pg_namespace AS n ON n.oid = d.dictnamespace
WHERE n.nspname = %(schema)s
UNION ALL
SELECT 'CONFIGURATION', c.cfgname FROM pg_ts_config AS c JOIN pg_namespace AS n ON n.oid = c.cfgnamespace
WHERE n.nspname = %(schema)s;

-- forget_mappings: take all dictionaries out of a configuration
DO $$ BEGIN
    EXECUTE (SELECT 'ALTER TEXT SEARCH CONFIGURATION /*schema*/thoughtsearch DROP MAPPING IF EXISTS FOR '
                 || pg_catalog.string_agg(alias, ', ') FROM pg_catalog.ts_token_type('default'::text));
END $$;

-- renew_function: replace a function of the same name, also one with other arguments or another result. Such a function is
-- dropped, unless something other than a function depends on it, or it is another role's
DO $renew$
DECLARE
    other regprocedure;
BEGIN
    BEGIN
        EXECUTE $replacement$/*replacement*/$replacement$;
    EXCEPTION WHEN invalid_function_definition THEN
        FOR other IN SELECT p.oid FROM pg_catalog.pg_proc AS p
            WHERE p.pronamespace = '/*schema_name*/'::pg_catalog.regnamespace::pg_catalog.oid AND p.proname = '/*name*/'
        LOOP
            EXECUTE 'DROP FUNCTION ' || other::text;
        END LOOP;
        EXECUTE $replacement$/*replacement*/$replacement$;
    END;
    FOR other IN SELECT p.oid FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = '/*schema_name*/'::pg_catalog.regnamespace::pg_catalog.oid AND p.proname = '/*name*/'
          AND pg_catalog.pg_has_role(p.proowner, 'USAGE') AND p.prosrc <> $body$/*body*/$body$
    LOOP
        EXECUTE 'DROP FUNCTION ' || other::text;
    END LOOP;
END $renew$;

-- state: one remembered value
SELECT value FROM /*schema*/thoughtsearch_state WHERE key = %(key)s;

-- set_state: remember a value
INSERT INTO /*schema*/thoughtsearch_state (key, value) VALUES (%(key)s, %(value)s::jsonb)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- refresh_statistics: count thoughts and tokens for the scores of later searches
INSERT INTO /*schema*/thoughtsearch_state (key, value)
SELECT 'statistics', pg_catalog.jsonb_build_object(
    'thoughts', count(*), 'tokens', coalesce(sum(search_length), 0), 'through', max(id))
FROM /*indexed*/ AS t WHERE /*schema*/thoughtsearch_unrestricted()
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- may_maintain: whether this role may run the statements below
SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c WHERE c.oid = %(table)s::regclass::oid;

-- analyze: renew the planner's statistics of how common words and lengths are
ANALYZE /*indexed*/ (search_vector, search_length);

-- forget_words: delete the counts of words before they are counted anew
DELETE FROM /*schema*/thoughtsearch_word;

-- count_words: count how many thoughts hold each of the common words
INSERT INTO /*schema*/thoughtsearch_word (word, thoughts)
SELECT word, ndoc FROM pg_catalog.ts_stat(%(vectors)s) WHERE ndoc >= %(least)s;

-- clean_pending: move rows from the pending list into the index proper, so that no search has to read that list
SELECT pg_catalog.gin_clean_pending_list(%(index)s::regclass);

-- count: the number of thoughts
SELECT count(*) FROM /*schema*/ai_thought_history AS t;
