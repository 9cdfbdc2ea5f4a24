-- What imports have stored, by its id in its source, and how far each file was read: so that an import adds what is new.
CREATE TABLE IF NOT EXISTS thoughtsearch_imported (
    origin TEXT NOT NULL, external_id TEXT NOT NULL, PRIMARY KEY (origin, external_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS thoughtsearch_import_file (
    path TEXT PRIMARY KEY, reached INTEGER NOT NULL, line INTEGER NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;
