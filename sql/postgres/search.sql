-- The statements of a search. /*table*/ is what is searched: ai_thought_history itself, or the table beside a found one.
-- /*filters*/ takes further conditions on t, each beginning with AND.

-- search_ranked: matching thoughts, best first; an OFFSET keeps the planner from computing each tf twice
WITH counted AS (
    SELECT t.id, t.search_length, t.search_vector, t.thought_content, t.thought_type, t.tags /*counted*/
    FROM /*table*/ AS t
    WHERE true /*filters*/
    OFFSET 0
), exact AS (
    SELECT t.id, 1.2::float8 * (0.25::float8 + 0.75::float8 * t.search_length::float8 / %(average)s::float8) AS norm /*frequencies*/
    FROM counted AS t
    OFFSET 0
), ranked AS (
    SELECT t.id, 0.0::float8 /*score*/ AS score
    FROM exact AS t
    ORDER BY score DESC, id DESC LIMIT %(limit)s
)
SELECT /*columns*/, ranked.score
FROM ranked JOIN /*table*/ AS t ON t.id = ranked.id
ORDER BY ranked.score DESC, ranked.id DESC;

-- search_ranked_by_many: the same for so many phrases that each can't have a column
WITH counted AS (
    SELECT t.id, t.search_length, t.search_vector, t.thought_content, t.thought_type, t.tags,
        1.2::float8 * (0.25::float8 + 0.75::float8 * t.search_length::float8 / %(average)s::float8) AS norm
    FROM /*table*/ AS t
    WHERE true /*filters*/
    OFFSET 0
), ranked AS (
    SELECT m.id, (
        SELECT coalesce(sum(l.weight * ((l.tf * 2.2::float8) / (l.tf + m.norm))), 0.0::float8) FROM (
            SELECT q.weight, CASE
                -- As in frequency.py: where the vector may lack positions, the text is counted.
                WHEN m.search_length > %(last_position)s::integer OR m.search_length > %(most_positions)s::integer
                    AND pg_catalog.ts_rank_cd('{1,1,1,1}', m.search_vector, q.any_word) >= %(most_positions)s::float4
                THEN /*schema*/thoughtsearch_count(m.thought_content, m.thought_type, /*schema*/thoughtsearch_joined(m.tags),
                    pg_catalog.string_to_array(q.words, ' '), q.is_prefix)
                ELSE pg_catalog.ts_rank_cd('{1,1,1,1}', m.search_vector, q.query)
            END::float8 AS tf
            FROM unnest(%(queries)s::tsquery[], %(weights)s::float8[], %(words)s::text[], %(any_words)s::tsquery[],
                %(prefixes)s::boolean[]) AS q(query, weight, words, any_word, is_prefix)
        ) AS l
    ) AS score
    FROM counted AS m
    ORDER BY score DESC, id DESC LIMIT %(limit)s
)
SELECT /*columns*/, ranked.score
FROM ranked JOIN /*table*/ AS t ON t.id = ranked.id
ORDER BY ranked.score DESC, ranked.id DESC;

-- search_listed: thoughts selected by filters alone, newest first
SELECT /*columns*/, 0.0::float8 AS score
FROM /*table*/ AS t
WHERE true /*filters*/
ORDER BY t.created_at DESC NULLS LAST, t.id DESC LIMIT %(limit)s;

-- columns: the columns of a thought as they are read; a time beyond the years that datetime knows as PostgreSQL writes it,
-- which is no datetime, and keeps its place in the order
t.id, t.ai_id, t.session_id, t.cycle_number, t.thought_content, t.thought_type, t.tags, t.metadata::text,
CASE WHEN t.created_at >= '0001-01-01 00:00:00+00'::timestamptz AND t.created_at < 'infinity'::timestamptz
    THEN pg_catalog.to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
    ELSE (t.created_at AT TIME ZONE 'UTC')::text END;

-- total: how many thoughts match
SELECT count(*) FROM /*table*/ AS t WHERE true /*filters*/;

-- estimated: about how many thoughts match, by the planner's estimate
EXPLAIN (FORMAT JSON) SELECT FROM /*table*/ AS t WHERE true /*filters*/;

-- facet_ai: how many of the matching thoughts each agent has
SELECT t.ai_id, count(*) FROM /*table*/ AS t WHERE true /*filters*/
GROUP BY t.ai_id ORDER BY count(*) DESC, t.ai_id LIMIT %(limit)s;

-- facet_thought_type: how many of the matching thoughts are of each type
SELECT t.thought_type, count(*) FROM /*table*/ AS t WHERE true /*filters*/
GROUP BY t.thought_type ORDER BY count(*) DESC, t.thought_type COLLATE "C" NULLS FIRST LIMIT %(limit)s;

-- facet_tags: how many of the matching thoughts have each tag
SELECT g.tag, count(*)
FROM /*table*/ AS t CROSS JOIN LATERAL (SELECT DISTINCT tag FROM pg_catalog.unnest(t.tags) AS u(tag) WHERE tag <> '') AS g
WHERE true /*filters*/
GROUP BY g.tag ORDER BY count(*) DESC, g.tag COLLATE "C" LIMIT %(limit)s;

-- facet_time: how many of the matching thoughts were written on each day (UTC)
SELECT pg_catalog.to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)
FROM /*table*/ AS t WHERE t.created_at IS NOT NULL /*filters*/
GROUP BY day ORDER BY day;

-- counts: the counts that scores are made of: see thoughtsearch_counts()
SELECT thoughts, tokens, new, new_tokens, outgrown, shares, counts
FROM /*schema*/thoughtsearch_counts(%(words)s::text[], %(queries)s::tsquery[], %(most)s);

-- estimated_totals: the number of thoughts and tokens by the planner's statistics; no row where there are none
SELECT c.reltuples::bigint, (c.reltuples::float8 * (
    (SELECT coalesce(sum(v::float8 * f::float8), 0::float8) FROM unnest(s.most_common_vals::text::bigint[], s.most_common_freqs) AS m(v, f))
    + (SELECT coalesce(avg((h[i] + h[i + 1])::float8 / 2::float8), 0::float8) FROM (SELECT s.histogram_bounds::text::bigint[] AS h) AS b
       CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(h) - 1) AS i)
    * (1::float8 - (SELECT coalesce(sum(f::float8), 0::float8) FROM pg_catalog.unnest(s.most_common_freqs) AS m(f)))))::bigint
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = 'search_length'
WHERE c.oid = %(table)s::regclass::oid AND c.reltuples > 0::float4;

-- counted_totals: the number of thoughts and tokens, counted; reads the whole table
SELECT count(*), coalesce(sum(search_length), 0) FROM /*table*/ AS t;

-- estimated_counts: for words that are common by the planner's statistics, the share of thoughts; for the others, how many
-- thoughts hold them
SELECT e.share, CASE WHEN e.share IS NULL THEN (SELECT count(*) FROM /*table*/ AS t WHERE t.search_vector @@ q.query) END
FROM unnest(%(words)s::text[], %(queries)s::tsquery[]) WITH ORDINALITY AS q(word, query, number)
LEFT JOIN (
    SELECT m.word, m.share
    FROM pg_catalog.pg_stats AS s
    CROSS JOIN LATERAL unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS m(word, share)
    WHERE s.schemaname = %(schema)s AND s.tablename = %(table)s AND s.attname = 'search_vector'
      AND m.word = ANY(%(words)s::text[]) AND m.share >= %(least)s
) AS e ON e.word = q.word
ORDER BY q.number;

-- exact_counts: how many thoughts hold each word
SELECT (SELECT count(*) FROM /*table*/ AS t WHERE t.search_vector @@ q.query)
FROM pg_catalog.unnest(%(queries)s::tsquery[]) WITH ORDINALITY AS q(query, number)
ORDER BY q.number;

-- newest_id: the largest id; a search that is continued does not look beyond it
SELECT /*schema*/thoughtsearch_newest();

-- agents: (number, name, nickname) of all agents; none where there is no table of them that this role may read
SELECT id, name, nickname FROM /*schema*/thoughtsearch_agents();
