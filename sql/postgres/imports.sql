-- The statements of imports: what is stored already, how far a file was read, and what a foreign table looks like.

-- claim: insert these ids of an import if they are new; returns the ones that were new
INSERT INTO /*schema*/thoughtsearch_imported (origin, external_id)
SELECT DISTINCT %(origin)s, external_id FROM pg_catalog.unnest(%(ids)s::text[]) AS given (external_id) ORDER BY external_id
ON CONFLICT DO NOTHING RETURNING external_id;

-- import_file: how far an import has read a file
SELECT reached, line, digest, state FROM /*schema*/thoughtsearch_import_file WHERE path = %(path)s;

-- remember_import_file: record how far an import has read a file
INSERT INTO /*schema*/thoughtsearch_import_file (path, reached, line, digest, state)
VALUES (%(path)s, %(reached)s, %(line)s, %(digest)s, %(state)s)
ON CONFLICT (path) DO UPDATE SET
    reached = excluded.reached, line = excluded.line, digest = excluded.digest, state = excluded.state;

-- foreign_columns: the columns of a table, and their place in its primary key
SELECT a.attname, coalesce(pg_catalog.array_position(i.indkey::smallint[], a.attnum) + 1, 0)
FROM pg_attribute AS a LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
WHERE a.attrelid = pg_catalog.to_regclass(%(table)s)::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum;
