-- The table of terms once more, under the same name. Other tools (sqlite-utils) take every table `USING FTS5…` for an index and
-- fail on this one, which can't be optimized or rebuilt; with the name of its module in quotes they pass it by.
DROP TABLE IF EXISTS ai_thought_history_vocab;
CREATE VIRTUAL TABLE ai_thought_history_vocab USING "fts5vocab"(ai_thought_history_fts, row);
