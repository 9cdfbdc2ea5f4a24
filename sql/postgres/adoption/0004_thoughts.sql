-- In the place of migrations/0004_thoughts.sql where the table was there before, and is being written to: nothing of it is
-- changed. What is searched goes into a table beside it, `thoughtsearch_thought`, one row for each thought, kept by triggers
-- in the same transaction as the writer's; the rows found there follow in batches.
--
-- (Columns in the table itself would need an UPDATE of every row, with its dead rows, its locks and the triggers of others; a
-- table swapped in later would need every view, reference, grant and sequence to be moved. This needs one lock, for the
-- moment that it takes to create the triggers.)
--
-- /*…_value*/ are the table's columns as the types that thoughtsearch searches, of a row named h.

CREATE TABLE /*schema*/thoughtsearch_thought (
    id bigint PRIMARY KEY,
    ai_id bigint,
    session_id bigint,
    cycle_number bigint,
    thought_type text,
    tags text[],
    metadata jsonb NOT NULL,
    created_at timestamptz,
    search_vector tsvector NOT NULL,
    search_length integer NOT NULL
);
ALTER TABLE /*schema*/thoughtsearch_thought SET (toast_tuple_target = 8160);
ALTER TABLE /*schema*/thoughtsearch_thought
    ALTER COLUMN search_vector SET STATISTICS 1000, ALTER COLUMN search_length SET STATISTICS 1000;

CREATE INDEX thoughtsearch_thought_search ON /*schema*/thoughtsearch_thought USING gin (search_vector)
    WITH (gin_pending_list_limit = 512);
CREATE INDEX thoughtsearch_thought_tags ON /*schema*/thoughtsearch_thought USING gin (tags)
    WITH (gin_pending_list_limit = 512);
CREATE INDEX thoughtsearch_thought_metadata ON /*schema*/thoughtsearch_thought USING gin (metadata jsonb_path_ops)
    WITH (gin_pending_list_limit = 512);
CREATE INDEX thoughtsearch_thought_agent ON /*schema*/thoughtsearch_thought (ai_id, session_id);
CREATE INDEX thoughtsearch_thought_session ON /*schema*/thoughtsearch_thought (session_id);
CREATE INDEX thoughtsearch_thought_created ON /*schema*/thoughtsearch_thought (created_at DESC NULLS LAST, id DESC);

-- 'a, b' as an array, without blanks around the tags and without empty ones.
CREATE FUNCTION /*schema*/thoughtsearch_tags(value text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
    RETURN ARRAY(
        SELECT pg_catalog.btrim(tag, ' ') FROM pg_catalog.unnest(pg_catalog.string_to_array(value, ',')) AS one (tag)
        WHERE pg_catalog.btrim(tag, ' ') <> ''
    );
END $$;

-- A text that may be JSON: an object as it is, anything else as a string, which no predicate matches. Never an error.
CREATE FUNCTION /*schema*/thoughtsearch_json(value text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED AS $$
DECLARE
    found jsonb;
BEGIN
    IF value IS NULL OR value = '' THEN
        RETURN '{}';
    END IF;
    BEGIN
        found := value::jsonb;
        IF pg_catalog.jsonb_typeof(found) = 'object' THEN
            RETURN found;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        NULL;  -- no JSON, or beyond what a jsonb can hold
    END;
    RETURN pg_catalog.to_jsonb(value);
END $$;

-- What is searched of a row.
CREATE FUNCTION /*schema*/thoughtsearch_of(h /*schema*/ai_thought_history) RETURNS /*schema*/thoughtsearch_thought
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found /*schema*/thoughtsearch_thought;
BEGIN
    found.id := /*id_value*/;
    found.ai_id := /*ai_id_value*/;
    found.session_id := /*session_id_value*/;
    found.cycle_number := /*cycle_number_value*/;
    found.thought_type := /*thought_type_value*/;
    found.tags := /*tags_value*/;
    found.metadata := /*metadata_value*/;
    found.created_at := /*created_at_value*/;
    found.search_vector := /*schema*/thoughtsearch_vector(
        /*thought_content_value*/, found.thought_type, /*schema*/thoughtsearch_joined(found.tags));
    found.search_length := /*schema*/thoughtsearch_length(
        /*thought_content_value*/, found.thought_type, /*schema*/thoughtsearch_joined(found.tags));
    RETURN found;
END $$;

-- As the owner, since whoever may write thoughts need have no right to the table beside them.
CREATE FUNCTION /*schema*/thoughtsearch_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found /*schema*/thoughtsearch_thought;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE /*schema*/thoughtsearch_thought;
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.id <> NEW.id THEN
        DELETE FROM /*schema*/thoughtsearch_thought WHERE id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        found := /*schema*/thoughtsearch_of(NEW);
        INSERT INTO /*schema*/thoughtsearch_thought SELECT found.*
        ON CONFLICT (id) DO UPDATE SET
            ai_id = excluded.ai_id, session_id = excluded.session_id, cycle_number = excluded.cycle_number,
            thought_type = excluded.thought_type, tags = excluded.tags, metadata = excluded.metadata,
            created_at = excluded.created_at, search_vector = excluded.search_vector,
            search_length = excluded.search_length;
    END IF;
    RETURN NULL;
END $$;
