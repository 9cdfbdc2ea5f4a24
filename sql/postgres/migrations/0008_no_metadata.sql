-- A thought without metadata may hold NULL, as other programs write it; it is read as an empty object.
ALTER TABLE /*schema*/ai_thought_history ALTER COLUMN metadata DROP NOT NULL;
