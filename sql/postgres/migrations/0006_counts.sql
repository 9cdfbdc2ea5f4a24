-- Functions for the sake of their statements, which a session plans once: planning them takes longer than they do.

-- What scores are made of. Thoughts and tokens as last counted, and what came since, looking no further than a number that
-- grows with the table; whether it has outgrown what was counted, or shrunk. Where not, for each word either the share of
-- thoughts that held it when common words were counted, or how many hold it now.
CREATE FUNCTION /*schema*/thoughtsearch_counts(
    words text[], queries tsquery[], most bigint,
    OUT thoughts bigint, OUT tokens bigint, OUT new bigint, OUT new_tokens bigint, OUT outgrown boolean,
    OUT shares float8[], OUT counts bigint[]
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    small CONSTANT bigint := most;
    through bigint;
    held bigint;
BEGIN
    SELECT (s.value ->> 'thoughts')::bigint, (s.value ->> 'tokens')::bigint, (s.value ->> 'through')::bigint
    INTO thoughts, tokens, through
    FROM /*schema*/thoughtsearch_state AS s WHERE s.key = 'statistics';
    most := most + coalesce(thoughts, 0) / 50;
    SELECT count(*), coalesce(sum(n.search_length), 0) INTO new, new_tokens FROM (
        SELECT t.search_length FROM /*indexed*/ AS t
        WHERE t.id >= coalesce(through, -9223372036854775808) AND t.id IS DISTINCT FROM through
        ORDER BY t.id LIMIT most
    ) AS n;
    -- What is deleted shows in what VACUUM and ANALYZE counted; a table that was emptied, in ids that begin anew.
    SELECT new >= most OR through > coalesce((SELECT max(t.id) FROM /*indexed*/ AS t), -9223372036854775808)
        OR c.reltuples >= 0 AND (abs(c.reltuples - coalesce(thoughts, 0) - new) >= most
            OR thoughts > small AND c.reltuples <= small)
    INTO outgrown FROM pg_catalog.pg_class AS c WHERE c.oid = '/*indexed*/'::regclass;
    outgrown := coalesce(outgrown, false);
    IF outgrown THEN
        RETURN;
    END IF;
    shares := '{}';
    counts := '{}';
    FOR number IN 1 .. pg_catalog.cardinality(words) LOOP
        held := NULL;
        IF thoughts + new > small THEN
            SELECT w.thoughts INTO held FROM /*schema*/thoughtsearch_word AS w WHERE w.word = words[number];
        END IF;
        shares := shares || held::float8 / thoughts;
        IF held IS NULL THEN
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
