-- The statements of imports: what is stored already, and how far a file was read.

-- claim: insert these ids of an import if they are new; returns the ones that were new
INSERT INTO thoughtsearch_imported (origin, external_id)
SELECT DISTINCT :origin, value FROM json_each(:ids) WHERE true
ON CONFLICT DO NOTHING RETURNING external_id;

-- import_file: how far an import has read a file
SELECT reached, line, digest, state FROM thoughtsearch_import_file WHERE path = :path;

-- remember_import_file: record how far an import has read a file
INSERT INTO thoughtsearch_import_file (path, reached, line, digest, state) VALUES (:path, :reached, :line, :digest, :state)
ON CONFLICT (path) DO UPDATE SET
    reached = excluded.reached, line = excluded.line, digest = excluded.digest, state = excluded.state;
