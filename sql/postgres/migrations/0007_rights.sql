-- Who may run the functions and read the tables, and by whose search_path names are looked up.
--
-- A name or an operator without its schema is looked up in the search_path of whoever calls. Who may create objects in a
-- schema of that path, or in a session's own temporary schema, could put another function in the place of one that is meant,
-- and it would run with the caller's rights: `text || bigint`, say, is no operator of its own in pg_catalog, so that one in
-- public would be nearer. So each function with statements of its own looks into pg_catalog alone. (That takes about 1 µs a
-- call. Plain expressions in SQL stay as they are: with a setting they could not be inlined, and they are only used by
-- functions that have one.)
--
-- Everybody may run the functions of the text analysis: writers need them, as the database computes the vectors with the
-- rights of whoever writes. They read no table, and the other ones read tables with the caller's rights.

-- Where row security hides some thoughts from this role, an error: for what would read past it.
CREATE FUNCTION /*schema*/thoughtsearch_unrestricted() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF pg_catalog.row_security_active('/*schema*/ai_thought_history'::pg_catalog.regclass) THEN
        RAISE EXCEPTION 'row security hides some thoughts from this role' USING ERRCODE = 'TS001';
    END IF;
    RETURN true;
END $$;

-- As before, but for ai_profiles: that of the thoughts' schema, whatever the caller's search_path says.
DROP FUNCTION IF EXISTS /*schema*/thoughtsearch_agents();
CREATE FUNCTION /*schema*/thoughtsearch_agents(OUT id bigint, OUT name text, OUT nickname text) RETURNS SETOF record
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place regclass := pg_catalog.to_regclass('/*schema*/ai_profiles');
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

-- As before, but where row security hides some thoughts from this role: then `outgrown` is null, as nothing that was counted
-- beforehand holds for it, and what the search needs is counted among the thoughts that it may read. And where this role may
-- not read what was counted, since it was granted the thoughts alone: then it is as if they had outgrown that.
DROP FUNCTION IF EXISTS /*schema*/thoughtsearch_counts(text[], tsquery[], bigint);
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
    IF pg_catalog.row_security_active('/*schema*/ai_thought_history'::pg_catalog.regclass) THEN
        RETURN;
    END IF;
    IF NOT pg_catalog.has_table_privilege('/*schema*/thoughtsearch_state'::pg_catalog.regclass, 'SELECT')
        OR NOT pg_catalog.has_table_privilege('/*schema*/thoughtsearch_word'::pg_catalog.regclass, 'SELECT')
    THEN
        outgrown := true;
        RETURN;
    END IF;
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

-- Whoever may read the thoughts is granted the tables of ours, and nobody else is: see the module rights. Every function that
-- has statements of its own looks into pg_catalog alone. (Some early databases lack one or the other.)
DO $$
DECLARE
    name pg_catalog.text;
    function pg_catalog.regprocedure;
BEGIN
    FOREACH name IN ARRAY ARRAY['migration', 'state', 'word', 'model', 'unembedded', 'imported', 'import_file'] LOOP
        IF pg_catalog.to_regclass('/*schema*/thoughtsearch_' || name) IS NOT NULL THEN
            EXECUTE 'REVOKE ALL ON /*schema*/thoughtsearch_' || name || ' FROM PUBLIC';
        END IF;
    END LOOP;
    FOR function IN
        SELECT p.oid FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
        WHERE l.lanname OPERATOR(pg_catalog.=) 'plpgsql' AND pg_catalog.starts_with(p.proname::text, 'thoughtsearch_')
          AND pg_catalog.pg_has_role(p.proowner, 'USAGE') AND p.pronamespace OPERATOR(pg_catalog.=) (
            SELECT c.relnamespace FROM pg_catalog.pg_class AS c
            WHERE c.oid OPERATOR(pg_catalog.=) '/*schema*/ai_thought_history'::pg_catalog.regclass::pg_catalog.oid)
    LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', function);
    END LOOP;
END $$;
