-- The statements of a transfer. Quoted identifiers fill /*name*/, /*listed*/, /*key*/ and so on.

-- extent: the number of thoughts, the smallest id and the largest
SELECT count(*), min(id), max(id) FROM /*schema*/ai_thought_history;

-- advance: record how far a transfer has come; no row if it was not where the caller expected
INSERT INTO /*schema*/thoughtsearch_state AS s (key, value) VALUES (%(key)s, %(reached)s::jsonb)
ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE s.value = %(before)s::jsonb
RETURNING key;

-- raise_sequence: let new rows get ids after this one, as far as the sequence goes
SELECT pg_catalog.setval(s.name, least(%(last)s::bigint, q.seqmax))
FROM (SELECT pg_catalog.pg_get_serial_sequence(%(name)s, %(column)s)::regclass AS name) AS s JOIN pg_sequence AS q ON q.seqrelid = s.name::oid
WHERE %(last)s::bigint > greatest(0, pg_catalog.pg_sequence_last_value(s.name));

-- sequence: the last number of the column's sequence; NULL if it gave none, or if this role may not look
SELECT CASE WHEN pg_catalog.has_sequence_privilege(s.name, 'USAGE, SELECT') THEN pg_catalog.pg_sequence_last_value(s.name) END
FROM (SELECT pg_catalog.pg_get_serial_sequence(%(name)s, %(column)s)::regclass AS name) AS s WHERE s.name IS NOT NULL;

-- largest: the largest value of a column
SELECT max(/*column*/) FROM /*name*/;

-- tables: the tables of the schema
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = pg_catalog.to_regnamespace(%(schema)s)::oid AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname;

-- columns: the columns of a table: type, whether every server has that type, NOT NULL, default, whether the column numbers
-- new rows, whether it is computed, and whether this role may read it; none where there is no such table
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typnamespace = 'pg_catalog'::regnamespace::oid, a.attnotnull,
    pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity <> '' OR coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%%', false),
    a.attgenerated <> '', pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = pg_catalog.to_regclass(%(name)s)::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- unique: the columns of each unique index, the key's first; NULL for an expression
SELECT i.indisprimary, ARRAY(
    SELECT a.attname::text FROM pg_catalog.unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (number, place)
    LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0 ORDER BY k.place)
FROM pg_index AS i
WHERE i.indrelid = pg_catalog.to_regclass(%(name)s)::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
ORDER BY i.indisprimary DESC, i.indexrelid;

-- rows: rows of a table in their order
SELECT /*listed*/ FROM /*name*/ AS t WHERE /*after*/ ORDER BY /*place*/ LIMIT %(limit)s;

-- with_ids: rows by their ids
SELECT /*listed*/ FROM /*name*/ AS t WHERE t.id = ANY(%(ids)s::bigint[]) ORDER BY t.id;

-- count: the number of rows
SELECT count(*) FROM /*name*/;

-- keep: insert rows whose key is not there yet
INSERT INTO /*name*/ (/*listed*/) OVERRIDING SYSTEM VALUE
SELECT /*values*/ FROM unnest(/*arrays*/) WITH ORDINALITY AS v (/*given*/, place) ORDER BY place
ON CONFLICT DO NOTHING;

-- complete: update the row with this key
UPDATE /*name*/ AS t SET /*set*/ FROM (SELECT /*values*/ FROM unnest(/*arrays*/) AS v (/*given*/)) AS n (/*given*/)
WHERE /*same*/;

-- create: create a table
CREATE TABLE /*name*/ (/*definitions*/);

-- add_column: add an empty column
ALTER TABLE /*name*/ ADD COLUMN /*definition*/;

-- index_metadata: index rows by their metadata
CREATE INDEX IF NOT EXISTS /*index*/ ON /*name*/ USING gin (metadata);

-- index_active: index the active sessions
CREATE INDEX IF NOT EXISTS /*index*/ ON /*name*/ (ai_id, start_time) WHERE status = 'active';

-- index_duration: index sessions by their duration
CREATE INDEX IF NOT EXISTS /*index*/ ON /*name*/ ((end_time - start_time));
