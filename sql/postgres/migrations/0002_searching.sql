CREATE FUNCTION /*schema*/thoughtsearch_joined(tags text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN pg_catalog.array_to_string(tags, ',');  -- of texts it depends on no setting
END $$;

-- How often a phrase stands in a thought. A tsvector keeps 255 positions of a word and none beyond 16,383: where that was
-- too few, this counts in the text itself.
CREATE FUNCTION /*schema*/thoughtsearch_count(content text, kind text, tags text, words text[], prefix boolean)
RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    value text;
    terms text[];
    last integer := pg_catalog.cardinality(words) - 1;
    found integer := 0;
BEGIN
    FOREACH value IN ARRAY ARRAY[content, kind, tags] LOOP
        CONTINUE WHEN value IS NULL;
        terms := /*schema*/thoughtsearch_terms(value);
        FOR at IN 1 .. pg_catalog.cardinality(terms) - last LOOP
            IF (terms[at + last] = words[last + 1] OR prefix AND pg_catalog.starts_with(terms[at + last], words[last + 1]))
                AND (last = 0 OR terms[at] = words[1] AND terms[at : at + last - 1] = words[1 : last])
            THEN
                found := found + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN found;
END $$;

-- Common words and how many thoughts held each when all were counted the last time: to count them anew costs too much for
-- a search. The planner's statistics stand in until then; they are a few thoughts wrong even for the commonest.
CREATE TABLE /*schema*/thoughtsearch_word (word text PRIMARY KEY, thoughts bigint NOT NULL);
GRANT SELECT ON /*schema*/thoughtsearch_word TO PUBLIC;

-- Agents and their names, from CloudBrain's table of them where there is one that may be read, whichever columns it has.
CREATE FUNCTION /*schema*/thoughtsearch_agents(OUT id bigint, OUT name text, OUT nickname text) RETURNS SETOF record
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place regclass := pg_catalog.to_regclass('ai_profiles');
    numbered boolean;
    named boolean;
    nicknamed boolean;
BEGIN
    IF place IS NULL THEN
        RETURN;
    END IF;
    SELECT pg_catalog.bool_or(a.attname = 'id' AND a.atttypid IN (20, 21, 23)),  -- of the types of integers
        pg_catalog.bool_or(a.attname = 'name'), pg_catalog.bool_or(a.attname = 'nickname')
    INTO numbered, named, nicknamed
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = place AND a.attnum > 0 AND NOT a.attisdropped
      AND pg_catalog.has_column_privilege(place, a.attnum, 'SELECT');
    IF numbered AND named THEN
        RETURN QUERY EXECUTE pg_catalog.format('SELECT p.id::bigint, p.name::text, %s::text FROM %s AS p',
            CASE WHEN nicknamed THEN 'p.nickname' ELSE 'NULL' END, place);
    END IF;
END $$;
