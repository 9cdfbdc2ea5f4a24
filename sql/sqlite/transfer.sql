-- The statements of a transfer. Quoted identifiers fill /*name*/, /*listed*/, /*key*/ and so on.

-- extent: the number of thoughts, the smallest id and the largest
SELECT count(*), min(id), max(id) FROM ai_thought_history;

-- advance: record how far a transfer has come; no row if it was not where the caller expected
INSERT INTO thoughtsearch_state (key, value) VALUES (:key, :reached)
ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value = :before
RETURNING key;

-- counts_up: whether a counter gives the ids of this table
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name COLLATE NOCASE AND sql LIKE '%AUTOINCREMENT%';

-- begin_sequence: make a counter for a table that has never had a row
INSERT INTO sqlite_sequence (name, seq)
SELECT :name, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :name);

-- raise_sequence: let new rows get ids after this one
UPDATE sqlite_sequence SET seq = :last WHERE name = :name AND seq < :last;

-- sequence: the last id that the counter gave
SELECT seq FROM sqlite_sequence WHERE name = :name COLLATE NOCASE;

-- largest: the largest value of a column
SELECT max(/*column*/) FROM /*name*/;

-- tables: the tables of the database
SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name;

-- table: the statement that created a table, and the encoding of the database; no row where there is no such table
SELECT m.name, m.sql, e.encoding FROM sqlite_master AS m, pragma_encoding AS e
WHERE m.type = 'table' AND m.name = :name COLLATE NOCASE AND m.sql NOT LIKE 'CREATE VIRTUAL%';

-- columns: the columns of a table: type, NOT NULL, default, position in the key, and whether it is hidden or computed
SELECT c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden FROM pragma_table_xinfo(:name) AS c ORDER BY c.cid;

-- unique: the columns of each unique index other than the key's
SELECT l.name, i.name FROM pragma_index_list(:name) AS l, pragma_index_info(l.name) AS i
WHERE l."unique" AND NOT l.partial AND l.origin <> 'pk' ORDER BY l.seq, i.seqno;

-- value: a column's value as it is stored: a text as its bytes, and bytes as hexadecimal digits
CASE typeof(/*column*/) WHEN 'text' THEN CAST(/*column*/ AS BLOB) WHEN 'blob' THEN hex(/*column*/) ELSE /*column*/ END;

-- rows: rows of a table in their order
SELECT /*listed*/ FROM /*name*/ AS t WHERE /*after*/ ORDER BY /*place*/ LIMIT :limit;

-- with_ids: rows by their ids
SELECT /*listed*/ FROM /*name*/ AS t WHERE t.id IN (SELECT value FROM json_each(:ids)) ORDER BY t.id;

-- count: the number of rows
SELECT count(*) FROM /*name*/;

-- keep: insert a row if its key is not there yet
INSERT INTO /*name*/ (/*listed*/) VALUES (/*values*/) ON CONFLICT DO NOTHING;

-- complete: update the row with this key
UPDATE /*name*/ SET /*given*/ WHERE /*same*/;

-- create: create a table
CREATE TABLE /*name*/ (/*definitions*/);

-- add_column: add an empty column
ALTER TABLE /*name*/ ADD COLUMN /*definition*/;
