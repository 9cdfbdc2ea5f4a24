-- In the place of migrations/0008_no_metadata.sql where the table was there before: its columns are its own.
SELECT;
