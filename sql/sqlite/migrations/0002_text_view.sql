-- The texts as FTS5 indexes them: the first 65,536 characters, with every run of CJK characters as bigrams.
CREATE VIEW ai_thought_history_text AS
SELECT
  id,
  CASE
    WHEN length(thought_content) = length(CAST(thought_content AS BLOB))
      OR thought_content NOT GLOB maybe_cjk
    THEN thought_content
    ELSE (
      WITH RECURSIVE
      digit(n) AS NOT MATERIALIZED (
        VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15)
      ),
      -- Cut in 16 again and again, as reaching far into a long text is slow. Each body holds the character after
      -- its part too: the second of a bigram.
      part(start, width, body) AS (
        SELECT 0, 65536, thought_content
        UNION ALL
        SELECT start + n * (width / 16), width / 16, substr(body, n * (width / 16) + 1, width / 16 + 1)
        FROM part CROSS JOIN digit
        WHERE width > 1 AND body GLOB maybe_cjk AND length(body) > n * (width / 16)
      )
      SELECT group_concat(
        CASE
          WHEN width > 1 THEN substr(body, 1, width)
          WHEN body GLOB cjk || cjk THEN body || ' '
          WHEN body GLOB '*' || cjk || '*' THEN substr(body, 1, 1) || ' '
          ELSE substr(body, 1, 1)
        END,
        ''
      )
      FROM (SELECT * FROM part WHERE width = 1 OR body NOT GLOB maybe_cjk ORDER BY start)
    )
  END AS thought_content,
  CASE
    WHEN length(thought_type) = length(CAST(thought_type AS BLOB))
      OR thought_type NOT GLOB maybe_cjk
    THEN thought_type
    ELSE (
      WITH RECURSIVE
      digit(n) AS NOT MATERIALIZED (
        VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15)
      ),
      part(start, width, body) AS (
        SELECT 0, 65536, thought_type
        UNION ALL
        SELECT start + n * (width / 16), width / 16, substr(body, n * (width / 16) + 1, width / 16 + 1)
        FROM part CROSS JOIN digit
        WHERE width > 1 AND body GLOB maybe_cjk AND length(body) > n * (width / 16)
      )
      SELECT group_concat(
        CASE
          WHEN width > 1 THEN substr(body, 1, width)
          WHEN body GLOB cjk || cjk THEN body || ' '
          WHEN body GLOB '*' || cjk || '*' THEN substr(body, 1, 1) || ' '
          ELSE substr(body, 1, 1)
        END,
        ''
      )
      FROM (SELECT * FROM part WHERE width = 1 OR body NOT GLOB maybe_cjk ORDER BY start)
    )
  END AS thought_type,
  CASE
    WHEN length(tags) = length(CAST(tags AS BLOB))
      OR tags NOT GLOB maybe_cjk
    THEN tags
    ELSE (
      WITH RECURSIVE
      digit(n) AS NOT MATERIALIZED (
        VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15)
      ),
      part(start, width, body) AS (
        SELECT 0, 65536, tags
        UNION ALL
        SELECT start + n * (width / 16), width / 16, substr(body, n * (width / 16) + 1, width / 16 + 1)
        FROM part CROSS JOIN digit
        WHERE width > 1 AND body GLOB maybe_cjk AND length(body) > n * (width / 16)
      )
      SELECT group_concat(
        CASE
          WHEN width > 1 THEN substr(body, 1, width)
          WHEN body GLOB cjk || cjk THEN body || ' '
          WHEN body GLOB '*' || cjk || '*' THEN substr(body, 1, 1) || ' '
          ELSE substr(body, 1, 1)
        END,
        ''
      )
      FROM (SELECT * FROM part WHERE width = 1 OR body NOT GLOB maybe_cjk ORDER BY start)
    )
  END AS tags
FROM (
  SELECT
    id,
    substr(CAST(thought_content AS TEXT), 1, 65536) AS thought_content,
    substr(CAST(thought_type AS TEXT), 1, 65536) AS thought_type,
    substr(CAST(tags AS TEXT), 1, 65536) AS tags,
    '*[ᄀ-ᇿ々-﫿ｦ-ﾟ𠀀-𿿽]*' AS maybe_cjk,
    '[ᄀ-ᇿ々-〇぀-゘ゝ-ゟァ-ヺー-ヿ㄰-㆏ㇰ-ㇿ㐀-䶿一-鿿ꥠ-꥿가-퟿豈-﫿ｦ-ﾟ𠀀-𿿽]' AS cjk
  FROM ai_thought_history
);
