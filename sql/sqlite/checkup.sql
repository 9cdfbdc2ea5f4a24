-- The statements of a check-up and of its repairs. /*sampled*/ takes a condition that keeps some of the thoughts.

-- journal: the journal mode
PRAGMA journal_mode;

-- size: the size of the file, in bytes
SELECT page_count * page_size FROM pragma_page_count, pragma_page_size;

-- pages: what is wrong with the pages of the file
PRAGMA quick_check(10);

-- pages_and_indexes: the same, and whether every index matches its table
PRAGMA integrity_check(10);

-- reindex: make all indexes anew, except those for text
REINDEX;

-- counted: the rows of the index, and those of them without a thought
SELECT (SELECT count(*) FROM ai_thought_history_fts_docsize),
    (SELECT count(*) FROM ai_thought_history_fts_docsize AS d
     WHERE NOT EXISTS (SELECT 1 FROM ai_thought_history AS t WHERE t.id = d.id));

-- lengths: the tokens by column of the next rows of the index
SELECT id, sz FROM ai_thought_history_fts_docsize WHERE id > :after ORDER BY id LIMIT :limit;

-- postings: the number of tokens by which the index finds rows
SELECT coalesce(sum(cnt), 0) FROM ai_thought_history_vocab;

-- whole: FTS5's own comparison of the index with every text; it fails where they differ, and takes a writer's lock
INSERT INTO ai_thought_history_fts (ai_thought_history_fts, rank) VALUES ('integrity-check', 1);

-- extent: the smallest and the largest id
SELECT min(id), max(id) FROM ai_thought_history;

-- next_ids: some indexed thoughts, from an id on
SELECT t.id FROM ai_thought_history AS t
WHERE t.id >= :start AND EXISTS (SELECT 1 FROM ai_thought_history_fts_docsize AS d WHERE d.id = t.id)
ORDER BY t.id LIMIT :limit;

-- make_probe: make an index of our own, outside of the file, for some thoughts
CREATE VIRTUAL TABLE temp.thoughtsearch_probe USING fts5 (
    thought_content, thought_type, tags, tokenize='porter unicode61 remove_diacritics 2'
);

-- drop_probe: drop that index
DROP TABLE temp.thoughtsearch_probe;

-- fill_probe: index these thoughts again, in the probe
INSERT INTO temp.thoughtsearch_probe (rowid, thought_content, thought_type, tags)
SELECT t.* FROM ai_thought_history_text AS t WHERE t.id IN (SELECT value FROM json_each(:ids));

-- other_lengths: those of these thoughts that have other numbers of tokens in the index
SELECT p.id FROM temp.thoughtsearch_probe_docsize AS p
JOIN ai_thought_history_fts_docsize AS d ON d.id = p.id WHERE d.sz IS NOT p.sz ORDER BY p.id;

-- beginnings: the beginnings of some of the texts
SELECT rowid, substr(thought_content, 1, 120) FROM temp.thoughtsearch_probe LIMIT :limit;

-- found_in_both: whether the index, and the probe, find a thought by this text
SELECT (SELECT count(*) FROM main.ai_thought_history_fts WHERE ai_thought_history_fts MATCH :match AND rowid = :id),
    (SELECT count(*) FROM temp.thoughtsearch_probe WHERE thoughtsearch_probe MATCH :match AND rowid = :id);

-- tags_lacking: tags of thoughts that the table of tags lacks
SELECT count(*) FROM (
    SELECT tag, thought_id FROM ai_thought_tag_single WHERE true /*sampled*/
    EXCEPT SELECT tag, thought_id FROM ai_thought_tag WHERE true /*sampled*/
);

-- tags_stale: tags in the table of tags that their thoughts do not have
SELECT count(*) FROM (
    SELECT tag, thought_id FROM ai_thought_tag WHERE true /*sampled*/
    EXCEPT SELECT tag, thought_id FROM ai_thought_tag_single WHERE true /*sampled*/
);

-- tags_orphaned: tags in the table of tags whose thoughts are gone
SELECT count(*) FROM ai_thought_tag AS s WHERE NOT EXISTS (SELECT 1 FROM ai_thought_history AS t WHERE t.id = s.thought_id);

-- lacking_tags: the thoughts whose tags are not all in the table of tags
SELECT DISTINCT thought_id FROM (
    SELECT tag, thought_id FROM ai_thought_tag_single EXCEPT SELECT tag, thought_id FROM ai_thought_tag
);

-- having_others: the present or former thoughts for which the table of tags holds tags that they don't have
SELECT DISTINCT thought_id FROM (
    SELECT tag, thought_id FROM ai_thought_tag EXCEPT SELECT tag, thought_id FROM ai_thought_tag_single
);

-- forget_tags: delete the tags of a thought from the table of tags
DELETE FROM ai_thought_tag WHERE thought_id = :id;

-- tag_again: store a thought's tags in the table of tags
INSERT INTO ai_thought_tag SELECT s.* FROM ai_thought_tag_single AS s WHERE s.thought_id = :id;

-- has_statistics: whether the planner has statistics
SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1';

-- statistics: the tables of thoughtsearch: how many rows each had when the planner's statistics were made, and how many it
-- has now
SELECT s.tbl, max(CAST(s.stat AS INTEGER)), CASE s.tbl
    WHEN 'ai_thought_history' THEN (SELECT count(*) FROM ai_thought_history)
    ELSE (SELECT count(*) FROM ai_thought_tag) END
FROM sqlite_stat1 AS s WHERE s.tbl IN ('ai_thought_history', 'ai_thought_tag') AND s.stat IS NOT NULL GROUP BY s.tbl;

-- analyze_thoughts: renew the planner's statistics of the thoughts
ANALYZE ai_thought_history;

-- analyze_tags: renew the planner's statistics of the tags
ANALYZE ai_thought_tag;
