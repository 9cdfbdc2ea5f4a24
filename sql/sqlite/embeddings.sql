-- The statements about vectors.

-- models: the models that have vectors here, and how many each has
SELECT id, name, spec, dimensions, active, embedded FROM thoughtsearch_model ORDER BY id;

-- register: add a model that is new here
INSERT INTO thoughtsearch_model (name, spec, dimensions) VALUES (:name, :spec, :dimensions) ON CONFLICT (name) DO NOTHING;

-- activate: let searches use this model from now on
UPDATE thoughtsearch_model SET active = (id = :model) WHERE active <> (id = :model);

-- forget_vectors: delete some vectors of all models but one
DELETE FROM ai_thought_embedding WHERE number IN (
    SELECT number FROM ai_thought_embedding WHERE model <> :model LIMIT :limit
) RETURNING number;

-- forget_models: delete all models but one, once their vectors are gone
DELETE FROM thoughtsearch_model WHERE id <> :model;

-- forget_refused: delete the records of thoughts that other models refused
DELETE FROM thoughtsearch_unembedded WHERE model <> :model;

-- lacking: the next thoughts without a vector of the model
SELECT t.id, CAST(t.thought_content AS TEXT), NULL
FROM ai_thought_history AS t
WHERE t.id > :after
  AND NOT EXISTS (SELECT 1 FROM ai_thought_embedding AS e WHERE e.thought_id = t.id AND e.model = :model)
  AND NOT EXISTS (SELECT 1 FROM thoughtsearch_unembedded AS u WHERE u.thought_id = t.id AND u.model = :model)
ORDER BY t.id LIMIT :limit;

-- count_lacking: how many thoughts lack a vector of the model, and how many of their characters would be embedded
SELECT count(*), coalesce(sum(min(length(CAST(t.thought_content AS TEXT)), :characters)), 0)
FROM ai_thought_history AS t
WHERE NOT EXISTS (SELECT 1 FROM ai_thought_embedding AS e WHERE e.thought_id = t.id AND e.model = :model)
  AND NOT EXISTS (SELECT 1 FROM thoughtsearch_unembedded AS u WHERE u.thought_id = t.id AND u.model = :model);

-- texts: the present texts of these thoughts
SELECT t.id, CAST(t.thought_content AS TEXT) FROM ai_thought_history AS t WHERE t.id IN (SELECT value FROM json_each(:ids));

-- discard: delete the vectors of these thoughts
DELETE FROM ai_thought_embedding WHERE model = :model AND thought_id IN (SELECT value FROM json_each(:ids));

-- keep: store a vector
INSERT INTO ai_thought_embedding (thought_id, model, embedding) VALUES (:thought_id, :model, :embedding);

-- refuse: record a thought that the embedder refused
INSERT INTO thoughtsearch_unembedded (thought_id, model, reason)
SELECT id, :model, :reason FROM ai_thought_history WHERE id = :thought_id
ON CONFLICT (thought_id, model) DO UPDATE SET reason = excluded.reason;

-- refused: the thoughts that the embedder refused
SELECT thought_id, reason FROM thoughtsearch_unembedded WHERE model = :model ORDER BY thought_id LIMIT :limit;

-- count_refused: how many thoughts the embedder refused
SELECT count(*) FROM thoughtsearch_unembedded WHERE model = :model;

-- forgive: let the next backfill try the refused thoughts again
DELETE FROM thoughtsearch_unembedded WHERE model = :model;

-- vector: the vector of a thought
SELECT embedding FROM ai_thought_embedding WHERE thought_id = :thought_id AND model = :model;

-- changes: the figures that tell whether vectors in memory are still those of the table
SELECT m.deletions, (SELECT max(number) FROM ai_thought_embedding) FROM thoughtsearch_model AS m WHERE m.id = :model;

-- vectors_since: the next vectors that came after this number
SELECT thought_id, embedding, number FROM ai_thought_embedding
WHERE number > :number AND model = :model ORDER BY number LIMIT :limit;

-- embedded_ids: the thoughts that have a vector
SELECT thought_id FROM ai_thought_embedding WHERE model = :model;

-- vectors_of: the vectors of these thoughts
SELECT thought_id, embedding FROM ai_thought_embedding
WHERE model = :model AND thought_id IN (SELECT value FROM json_each(:ids));
