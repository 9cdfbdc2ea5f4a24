-- The statements of a search. /*filters*/ takes further conditions on t (or on the index's rowid), each beginning with AND.

-- search_text: thoughts that match a text, best first
WITH ranked AS (
    SELECT rowid AS id, -bm25(ai_thought_history_fts) AS score
    FROM ai_thought_history_fts
    WHERE ai_thought_history_fts MATCH :match /*filters*/
    ORDER BY score DESC, id DESC LIMIT :limit
)
SELECT t.*, ranked.score
FROM ranked CROSS JOIN ai_thought_history_read AS t ON t.id = ranked.id
ORDER BY ranked.score DESC, ranked.id DESC;

-- search_filtered: thoughts that match a text and filters, best first; each match is looked up in the table
WITH ranked AS (
    SELECT t.id AS id, -bm25(ai_thought_history_fts) AS score
    FROM ai_thought_history_fts
    CROSS JOIN ai_thought_history_read AS t ON t.id = ai_thought_history_fts.rowid
    WHERE ai_thought_history_fts MATCH :match /*filters*/
    ORDER BY score DESC, id DESC LIMIT :limit
)
SELECT t.*, ranked.score
FROM ranked CROSS JOIN ai_thought_history_read AS t ON t.id = ranked.id
ORDER BY ranked.score DESC, ranked.id DESC;

-- search_widened: thoughts that may lack all of the words that rank them (`wal OR tag:sqlite`)
WITH scored AS MATERIALIZED (
    SELECT rowid AS id, -bm25(ai_thought_history_fts) AS score
    FROM ai_thought_history_fts
    WHERE ai_thought_history_fts MATCH :match
), ranked AS (
    SELECT t.id AS id, coalesce(scored.score, 0.0) AS score
    FROM ai_thought_history_read AS t
    LEFT JOIN scored ON scored.id = t.id
    WHERE true /*filters*/
    ORDER BY 2 DESC, 1 DESC LIMIT :limit
)
SELECT t.*, ranked.score
FROM ranked CROSS JOIN ai_thought_history_read AS t ON t.id = ranked.id
ORDER BY ranked.score DESC, ranked.id DESC;

-- search_listed: thoughts selected by filters alone, newest first
WITH listed AS (
    SELECT t.id AS id, t.created_utc AS created_utc
    FROM ai_thought_history_read AS t
    WHERE true /*filters*/
    ORDER BY t.created_utc DESC, t.id DESC LIMIT :limit
)
SELECT t.*, 0.0 AS score
FROM listed CROSS JOIN ai_thought_history_read AS t ON t.id = listed.id
ORDER BY listed.created_utc DESC, listed.id DESC;

-- matching_text: the ids of all thoughts that match the text
SELECT rowid FROM ai_thought_history_fts
WHERE ai_thought_history_fts MATCH :match /*filters*/;

-- matching_filtered: the ids of all thoughts that match the text and the filters
SELECT t.id
FROM ai_thought_history_fts
CROSS JOIN ai_thought_history_read AS t ON t.id = ai_thought_history_fts.rowid
WHERE ai_thought_history_fts MATCH :match /*filters*/;

-- matching_listed: the ids of all thoughts that match the filters
SELECT t.id
FROM ai_thought_history_read AS t
WHERE true /*filters*/;

-- matching: the ids of up to :limit matching thoughts
SELECT id FROM (SELECT NULL AS id WHERE false /*matching*/) LIMIT :limit;

-- total: how many thoughts match
SELECT count(*) FROM (SELECT NULL AS id WHERE false /*matching*/);

-- facet_ai: how many of the matching thoughts each agent has
SELECT t.ai_id, count(*)
FROM (SELECT NULL AS id WHERE false /*matching*/) AS m CROSS JOIN ai_thought_history AS t ON t.id = m.id
GROUP BY t.ai_id ORDER BY count(*) DESC, t.ai_id LIMIT :limit;

-- facet_thought_type: how many of the matching thoughts are of each type
SELECT CAST(t.thought_type AS TEXT), count(*)
FROM (SELECT NULL AS id WHERE false /*matching*/) AS m CROSS JOIN ai_thought_history AS t ON t.id = m.id
GROUP BY t.thought_type ORDER BY count(*) DESC, t.thought_type LIMIT :limit;

-- facet_tags: how many of the matching thoughts have each tag
SELECT g.tag, count(*)
FROM (SELECT NULL AS id WHERE false /*matching*/) AS m CROSS JOIN ai_thought_tag AS g ON g.thought_id = m.id
GROUP BY g.tag ORDER BY count(*) DESC, g.tag LIMIT :limit;

-- facet_time: how many of the matching thoughts were written on each day (UTC)
SELECT substr(t.created_utc, 1, 10) AS day, count(*)
FROM (SELECT NULL AS id WHERE false /*matching*/) AS m CROSS JOIN ai_thought_history_read AS t ON t.id = m.id
WHERE day IS NOT NULL
GROUP BY day ORDER BY day;

-- document_frequency: how many thoughts hold a word, phrase or prefix
SELECT count(*) FROM ai_thought_history_fts WHERE ai_thought_history_fts MATCH :match;

-- word_frequencies: how many thoughts hold each of these analysed words
SELECT term, doc FROM ai_thought_history_vocab WHERE term IN (SELECT value FROM json_each(:terms));

-- index_totals: FTS5's record of how many rows it holds and how many tokens each column has
SELECT block FROM ai_thought_history_fts_data WHERE id = 1;

-- newest_id: the largest id; a search that is continued does not look beyond it
SELECT max(id) FROM ai_thought_history;

-- agent_columns: the columns of the table of agents' names, where there is one
SELECT c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c
WHERE m.type = 'table' AND m.name = 'ai_profiles';

-- agents: the names and nicknames of the agents
SELECT id, CAST(name AS TEXT), CAST(nickname AS TEXT) FROM ai_profiles WHERE typeof(id) = 'integer';

-- agents_without_nicknames: the names of the agents
SELECT id, CAST(name AS TEXT), NULL FROM ai_profiles WHERE typeof(id) = 'integer';
