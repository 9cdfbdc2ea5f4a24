-- Metadata beside a found table is read by the rule of thoughtsearch/query/metadata.py, which is the same on every engine. Until
-- now an escape that no jsonb can hold took all predicates from a thought. (A table of our own needs none of this: what its
-- jsonb can hold is decided before it is stored.)

-- A text that may be JSON: an object as predicates read it, anything else as a string, which no predicate matches. Never an
-- error.
CREATE OR REPLACE FUNCTION /*schema*/thoughtsearch_json(value text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED AS $$
DECLARE
    found pg_catalog.jsonb;
    plain text COLLATE "C" := value;
BEGIN
    IF value IS NULL OR value = '' THEN
        RETURN '{}';
    END IF;
    BEGIN
        found := value::pg_catalog.jsonb;
    EXCEPTION WHEN OTHERS THEN  -- no JSON, or beyond what a jsonb can hold
        -- In JSON a backslash stands in strings alone, and before each escape stands an even number of others. No JSON holds
        -- a \x01, which marks surrogate pairs while what is left of the surrogates and \u0000 become U+FFFD.
        IF pg_catalog.strpos(plain, E'\\u') > 0 AND pg_catalog.strpos(plain, E'\x01') = 0 THEN
            plain := pg_catalog.regexp_replace(plain, E'(?<!\\\\)((?:\\\\\\\\)*)'
                '\\\\u([dD][89abAB][0-9a-fA-F]{2})\\\\u([dD][c-fC-F][0-9a-fA-F]{2})', E'\\1\x01\\2\\3', 'g');
            plain := pg_catalog.regexp_replace(plain, E'(?<!\\\\)((?:\\\\\\\\)*)'
                '\\\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', E'\\1\ufffd', 'g');
            plain := pg_catalog.regexp_replace(plain, E'\x01(.{4})', E'\\\\u\\1\\\\u', 'g');
            BEGIN
                found := plain::pg_catalog.jsonb;
            EXCEPTION WHEN OTHERS THEN
                NULL;
            END;
        END IF;
    END;
    IF found IS NULL OR pg_catalog.jsonb_typeof(found) <> 'object' THEN
        RETURN pg_catalog.to_jsonb(value);
    END IF;
    -- Whether it nests deeper than 100 levels, also in what a later one of two equal keys hides. Most have not so many brackets.
    IF pg_catalog.octet_length(plain) > 200 AND 2 * pg_catalog.length(plain) - pg_catalog.length(pg_catalog.replace(plain, '[', ''))
        - pg_catalog.length(pg_catalog.replace(plain, '{', '')) > 100
    THEN
        plain := pg_catalog.regexp_replace(plain, E'"(?:[^"\\\\]|\\\\.)*"|[^][{}"]+', '', 'g');
        plain := pg_catalog.translate(plain, '{}', '[]');
        FOR level IN 1 .. 100 LOOP
            EXIT WHEN plain = '';
            plain := pg_catalog.replace(plain, '[]', '');  -- the innermost level
        END LOOP;
        IF plain <> '' THEN
            RETURN pg_catalog.to_jsonb(value);
        END IF;
    END IF;
    RETURN found;
END $$;

-- The rows that read otherwise now: only what was no object, and what has so many brackets, is looked at. Where the table is
-- adopted just now there are none, and perhaps no such column either.
DO $$
BEGIN
    IF EXISTS (SELECT FROM /*schema*/thoughtsearch_thought) THEN
        UPDATE /*schema*/thoughtsearch_thought AS s SET metadata = /*metadata_value*/
        FROM /*schema*/ai_thought_history AS h
        WHERE h.id = s.id AND s.metadata IS DISTINCT FROM /*metadata_value*/
          AND (pg_catalog.jsonb_typeof(s.metadata) = 'string'
               OR pg_catalog.octet_length(h.metadata::text) > 200
                  AND 2 * pg_catalog.length(h.metadata::text)
                      - pg_catalog.length(pg_catalog.replace(h.metadata::text, '[', ''))
                      - pg_catalog.length(pg_catalog.replace(h.metadata::text, '{', '')) > 100);
    END IF;
END $$;
