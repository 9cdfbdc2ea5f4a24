"""Makes a database searchable in place: makes the table and its index if need be, then indexes the rows found there."""
