-- What imports have stored, by its id in its source, and how far each file was read: so that an import adds what is new.
CREATE TABLE IF NOT EXISTS /*schema*/thoughtsearch_imported (
    origin text NOT NULL, external_id text NOT NULL, PRIMARY KEY (origin, external_id)
);

CREATE TABLE IF NOT EXISTS /*schema*/thoughtsearch_import_file (
    path text PRIMARY KEY, reached bigint NOT NULL, line bigint NOT NULL, digest text NOT NULL, state text NOT NULL
);
