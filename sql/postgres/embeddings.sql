-- The statements about vectors. /*vector*/ is the schema of pgvector. /*table*/ is what is searched, and /*rows*/ the table
-- as single thoughts are read. A vector is valid as long as its thought has the text that was embedded, which the digest
-- tells.

-- support: the schema and version of pgvector here. Without it: whether the server has it, and whether this role may create
-- it. Then whether there is a table of vectors, and whether this role may read it and the models
SELECT n.nspname, x.extversion, (
        SELECT bool_or(NOT v.superuser OR (v.trusted AND pg_catalog.has_database_privilege(current_database(), 'CREATE'))
            OR (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user))
        FROM pg_available_extension_versions AS v WHERE v.name = 'vector' AND x.extversion IS NULL),
    pg_catalog.to_regclass(%(table)s) IS NOT NULL,
    coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass(%(table)s), 'SELECT'), false)
        AND pg_catalog.has_table_privilege('/*schema*/thoughtsearch_model'::regclass, 'SELECT')
FROM (SELECT) AS one
LEFT JOIN pg_extension AS x ON x.extname = 'vector'
LEFT JOIN pg_namespace AS n ON n.oid = x.extnamespace;

-- create_extension: create the extension, where the server has pgvector and this role may do so
CREATE EXTENSION IF NOT EXISTS vector;

-- create_vectors: the vectors, apart from the thoughts; without a foreign key, so that no trigger delays a writer
CREATE TABLE IF NOT EXISTS /*schema*/ai_thought_embedding (
    thought_id bigint NOT NULL,
    model integer NOT NULL,
    digest bigint NOT NULL,
    embedding /*vector*/halfvec NOT NULL,
    PRIMARY KEY (model, thought_id)
);
-- In the row, and as they are: they do not compress.
ALTER TABLE /*schema*/ai_thought_embedding ALTER COLUMN embedding SET STORAGE PLAIN;

-- models: the models that have vectors here, and how many each has; counts no further than a number that grows with the
-- table
SELECT m.id, m.name, m.spec, m.dimensions, m.active, m.embedded /*new*/
FROM /*schema*/thoughtsearch_model AS m ORDER BY m.id;

-- new_vectors: the vectors that came after the last count; each thought is looked up, as a join might read all of them
+ (
    SELECT count(*) FILTER (WHERE new.digest = (
        SELECT pg_catalog.hashtextextended(t.thought_content, 0) FROM /*rows*/ AS t WHERE t.id = new.thought_id))
    FROM (
        SELECT e.thought_id, e.digest FROM /*schema*/ai_thought_embedding AS e
        WHERE e.model = m.id AND e.thought_id > m.through ORDER BY e.thought_id LIMIT 2000 + m.embedded / 50
    ) AS new
);

-- count: count the vectors of thoughts that exist
UPDATE /*schema*/thoughtsearch_model AS m SET (embedded, through) = (
    SELECT count(*), coalesce(max(e.thought_id), -9223372036854775808)
    FROM /*schema*/ai_thought_embedding AS e
    WHERE e.model = m.id AND EXISTS (SELECT 1 FROM /*rows*/ AS t WHERE t.id = e.thought_id)
) WHERE m.id = %(model)s;

-- register: add a model that is new here
INSERT INTO /*schema*/thoughtsearch_model (name, spec, dimensions) VALUES (%(name)s, %(spec)s, %(dimensions)s)
ON CONFLICT (name) DO NOTHING;

-- activate: let searches use this model from now on
UPDATE /*schema*/thoughtsearch_model SET active = (id = %(model)s) WHERE active <> (id = %(model)s);

-- forget_vectors: delete some vectors of all models but one, and some of thoughts that are gone
DELETE FROM /*schema*/ai_thought_embedding WHERE ctid = ANY(ARRAY(
    SELECT e.ctid FROM /*schema*/ai_thought_embedding AS e
    WHERE /*schema*/thoughtsearch_unrestricted()
      AND (e.model <> %(model)s OR NOT EXISTS (SELECT 1 FROM /*rows*/ AS t WHERE t.id = e.thought_id))
    LIMIT %(limit)s
)) RETURNING thought_id;

-- forget_models: delete all models but one, once their vectors are gone
DELETE FROM /*schema*/thoughtsearch_model WHERE id <> %(model)s RETURNING id;

-- forget_refused: delete the records of thoughts that other models refused, and of thoughts that are gone
DELETE FROM /*schema*/thoughtsearch_unembedded AS u
WHERE /*schema*/thoughtsearch_unrestricted()
  AND (u.model <> %(model)s OR NOT EXISTS (SELECT 1 FROM /*rows*/ AS t WHERE t.id = u.thought_id));

-- lacking: the next thoughts without a vector of the model
SELECT t.id, t.thought_content, pg_catalog.hashtextextended(t.thought_content, 0)
FROM /*rows*/ AS t
WHERE t.id > %(after)s::bigint
  AND NOT EXISTS (
    SELECT 1 FROM /*schema*/ai_thought_embedding AS e
    WHERE e.thought_id = t.id AND e.thought_id > %(after)s::bigint AND e.model = %(model)s
      AND e.digest = pg_catalog.hashtextextended(t.thought_content, 0))
  AND NOT EXISTS (
    SELECT 1 FROM /*schema*/thoughtsearch_unembedded AS u
    WHERE u.thought_id = t.id AND u.thought_id > %(after)s::bigint AND u.model = %(model)s
      AND u.digest = pg_catalog.hashtextextended(t.thought_content, 0))
ORDER BY t.id LIMIT %(limit)s;

-- count_lacking: how many thoughts lack a vector of the model, and how many of their characters would be embedded
SELECT count(*), coalesce(sum(least(length(t.thought_content), %(characters)s)), 0)
FROM /*rows*/ AS t
WHERE true /*without*/
  AND NOT EXISTS (
    SELECT 1 FROM /*schema*/thoughtsearch_unembedded AS u
    WHERE u.thought_id = t.id AND u.model = %(model)s AND u.digest = pg_catalog.hashtextextended(t.thought_content, 0));

-- without_vector: those of these thoughts that have no vector of the model
AND NOT EXISTS (
    SELECT 1 FROM /*schema*/ai_thought_embedding AS e
    WHERE e.thought_id = t.id AND e.model = %(model)s AND e.digest = pg_catalog.hashtextextended(t.thought_content, 0));

-- batch: a table for the vectors of a batch, as COPY can't handle conflicts
CREATE TEMPORARY TABLE thoughtsearch_batch (
    thought_id bigint NOT NULL, digest bigint NOT NULL, embedding /*vector*/halfvec NOT NULL
) ON COMMIT DROP;

-- copy_batch: vectors, as bytes
COPY pg_temp.thoughtsearch_batch (thought_id, digest, embedding) FROM STDIN (FORMAT BINARY);

-- keep_batch: store all vectors of the batch, in place of the ones that these thoughts had
INSERT INTO /*schema*/ai_thought_embedding AS e (thought_id, model, digest, embedding)
SELECT b.thought_id, %(model)s, b.digest, b.embedding FROM pg_temp.thoughtsearch_batch AS b ORDER BY b.thought_id
ON CONFLICT (model, thought_id) DO UPDATE SET digest = excluded.digest, embedding = excluded.embedding;

-- keep: store the vector of one thought
INSERT INTO /*schema*/ai_thought_embedding AS e (thought_id, model, digest, embedding)
VALUES (%(thought_id)s, %(model)s, %(digest)s, %(embedding)s::text::/*vector*/halfvec)
ON CONFLICT (model, thought_id) DO UPDATE SET digest = excluded.digest, embedding = excluded.embedding;

-- refuse: record a thought that the embedder refused
INSERT INTO /*schema*/thoughtsearch_unembedded (thought_id, model, digest, reason)
VALUES (%(thought_id)s, %(model)s, %(digest)s, %(reason)s)
ON CONFLICT (model, thought_id) DO UPDATE SET digest = excluded.digest, reason = excluded.reason;

-- refused: the thoughts that the embedder refused
SELECT u.thought_id, u.reason FROM /*schema*/thoughtsearch_unembedded AS u JOIN /*rows*/ AS t ON t.id = u.thought_id
WHERE u.model = %(model)s AND u.digest = pg_catalog.hashtextextended(t.thought_content, 0) ORDER BY u.thought_id LIMIT %(limit)s;

-- count_refused: how many thoughts the embedder refused
SELECT count(*) FROM /*schema*/thoughtsearch_unembedded AS u JOIN /*rows*/ AS t ON t.id = u.thought_id
WHERE u.model = %(model)s AND u.digest = pg_catalog.hashtextextended(t.thought_content, 0);

-- forgive: let the next backfill try the refused thoughts again
DELETE FROM /*schema*/thoughtsearch_unembedded WHERE model = %(model)s;

-- vector: the vector of a thought
SELECT /*vector*/halfvec_send(e.embedding) FROM /*schema*/ai_thought_embedding AS e JOIN /*rows*/ AS t ON t.id = e.thought_id
WHERE e.thought_id = %(thought_id)s::bigint AND e.model = %(model)s AND e.digest = pg_catalog.hashtextextended(t.thought_content, 0);

-- has_index: whether the vectors of a model have a usable index
SELECT count(*) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = pg_catalog.to_regclass(%(table)s)::oid AND c.relname = %(index)s AND i.indisvalid;

-- drop_index: drop the index before so many vectors are stored that to build it anew takes less time
DROP INDEX IF EXISTS /*schema*//*index*/;

-- room_to_build: the memory for building an index; an index that outgrows it is built many times slower
SET LOCAL maintenance_work_mem = '/*megabytes*/MB';

-- create_index: an index that finds the nearest vectors of one model without reading all of them. It is denser than
-- pgvector's default (16 and 64), for queries unlike any thought, such as a single word. With 127,237 thoughts and 100 real
-- queries, the default has a recall of .86 at an ef_search of 200 and .93 at 400; this one .97 and .98. The recall varies
-- from one build to the next, hence 600 below.
CREATE INDEX /*index*/ ON /*schema*/ai_thought_embedding
USING hnsw ((embedding::/*vector*/halfvec(/*dimensions*/)) /*vector*/halfvec_ip_ops)
WITH (m = 24, ef_construction = 200) WHERE model = /*model*/;

-- matching: how many thoughts match the filters; counts no further than :most
SELECT count(*) FROM (SELECT 1 FROM /*table*/ AS t WHERE true /*filters*/ LIMIT %(most)s) AS few;

-- look_wide: how far to search the index; the search goes on where filters leave too few thoughts
SET LOCAL hnsw.ef_search = 600; SET LOCAL hnsw.iterative_scan = strict_order;

-- nearest_indexed: the nearest thoughts, found by the index; with an equality the planner would expect too few thoughts to
-- use it
SELECT e.thought_id, /*vector*/halfvec_send(e.embedding)
FROM /*schema*/ai_thought_embedding AS e JOIN /*table*/ AS t ON t.id = e.thought_id
WHERE e.model = /*model*/ AND CASE WHEN e.digest = pg_catalog.hashtextextended(t.thought_content, 0) THEN true ELSE false END /*filters*/
ORDER BY (e.embedding::/*vector*/halfvec(/*dimensions*/)) OPERATOR(/*vector*/<#>) %(vector)s::text::/*vector*/halfvec(/*dimensions*/)
LIMIT %(limit)s;

-- nearest_scanned: the nearest thoughts, found by comparing all that match the filters; the OFFSET keeps the planner from
-- the index
SELECT n.thought_id, /*vector*/halfvec_send(n.embedding)
FROM (
    SELECT e.thought_id, e.embedding
    FROM /*table*/ AS t JOIN /*schema*/ai_thought_embedding AS e ON e.thought_id = t.id
    WHERE e.model = /*model*/ AND e.digest = pg_catalog.hashtextextended(t.thought_content, 0) /*filters*/
    OFFSET 0
) AS n
ORDER BY n.embedding OPERATOR(/*vector*/<#>) %(vector)s::text::/*vector*/halfvec
LIMIT %(limit)s;
