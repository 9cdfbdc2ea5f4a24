-- Behind migrations/0007_rights.sql, where the table was there before: what its triggers may do.
--
-- The function of the triggers runs as its owner, so that whoever may write thoughts needs no right to the table beside them.
-- So nobody but its owner may make a trigger of it (one that fires asks for no such right), it works for the thoughts and
-- for no other table, and it takes the columns one by one: a row that is handed to a function as a whole may be converted on
-- the way, by a cast that another role has made for its own table.

CREATE OR REPLACE FUNCTION /*schema*/thoughtsearch_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place CONSTANT regclass := pg_catalog.to_regclass('/*schema*/ai_thought_history');
    h record;
    content text;
    kind text;
    tagged text[];
BEGIN
    -- The thoughts' own trigger, or that of one of their partitions; any other one has no effect.
    IF TG_RELID IS DISTINCT FROM place AND (TG_OP = 'TRUNCATE' OR place IS NULL OR NOT EXISTS (
        SELECT FROM pg_catalog.pg_partition_ancestors(TG_RELID) AS a WHERE a.relid = place
    )) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE /*schema*/thoughtsearch_thought;
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.id <> NEW.id THEN
        DELETE FROM /*schema*/thoughtsearch_thought AS s WHERE s.id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        h := NEW;
        content := /*thought_content_value*/;
        kind := /*thought_type_value*/;
        tagged := /*tags_value*/;
        INSERT INTO /*schema*/thoughtsearch_thought (id, ai_id, session_id, cycle_number, thought_type, tags, metadata,
            created_at, search_vector, search_length)
        VALUES (/*id_value*/, /*ai_id_value*/, /*session_id_value*/, /*cycle_number_value*/, kind, tagged,
            /*metadata_value*/, /*created_at_value*/,
            /*schema*/thoughtsearch_vector(content, kind, /*schema*/thoughtsearch_joined(tagged)),
            /*schema*/thoughtsearch_length(content, kind, /*schema*/thoughtsearch_joined(tagged)))
        ON CONFLICT (id) DO UPDATE SET
            ai_id = excluded.ai_id, session_id = excluded.session_id, cycle_number = excluded.cycle_number,
            thought_type = excluded.thought_type, tags = excluded.tags, metadata = excluded.metadata,
            created_at = excluded.created_at, search_vector = excluded.search_vector,
            search_length = excluded.search_length;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION /*schema*/thoughtsearch_follow() FROM PUBLIC;
REVOKE ALL ON /*schema*/thoughtsearch_thought FROM PUBLIC;

-- It took a whole row. The statements that used it name the columns: see `as_indexed` in adopt.sql.
DROP FUNCTION IF EXISTS /*schema*/thoughtsearch_of(/*schema*/ai_thought_history);
