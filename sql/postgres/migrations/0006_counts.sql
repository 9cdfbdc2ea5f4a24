-- Functions for the sake of their statements, which a session plans once: planning them takes longer than they do.

-- What scores are made of. Thoughts and tokens as last counted, and what came since, looking no further than a number that
-- grows with the table. For each word either the share of thoughts that held it when common words were counted, or how many
-- hold it now; neither where that could take long.
CREATE FUNCTION /*schema*/thoughtsearch_counts(
    words text[], queries tsquery[], most bigint,
    OUT thoughts bigint, OUT tokens bigint, OUT new bigint, OUT new_tokens bigint, OUT shares float8[], OUT counts bigint[]
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    through bigint;
    held bigint;
BEGIN
    SELECT (s.value ->> 'thoughts')::bigint, (s.value ->> 'tokens')::bigint, (s.value ->> 'through')::bigint
    INTO thoughts, tokens, through
    FROM /*schema*/thoughtsearch_state AS s WHERE s.key = 'statistics';
    SELECT count(*), coalesce(sum(n.search_length), 0) INTO new, new_tokens FROM (
        SELECT t.search_length FROM /*indexed*/ AS t
        WHERE t.id >= coalesce(through, -9223372036854775808) AND t.id IS DISTINCT FROM through
        ORDER BY t.id LIMIT most + coalesce(thoughts, 0) / 50
    ) AS n;
    shares := '{}';
    counts := '{}';
    FOR number IN 1 .. pg_catalog.cardinality(words) LOOP
        held := NULL;
        IF thoughts + new > most THEN
            SELECT w.thoughts INTO held FROM /*schema*/thoughtsearch_word AS w WHERE w.word = words[number];
        END IF;
        shares := shares || held::float8 / thoughts;
        IF held IS NULL AND (thoughts IS NOT NULL OR new < most) THEN
            SELECT count(*) INTO held FROM /*indexed*/ AS t WHERE t.search_vector @@ queries[number];
        ELSE
            held := NULL;
        END IF;
        counts := counts || held;
    END LOOP;
END $$;

-- The largest id.
CREATE FUNCTION /*schema*/thoughtsearch_newest() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT max(t.id) FROM /*indexed*/ AS t);
END $$;
