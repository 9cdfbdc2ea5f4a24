"""Making a database searchable in place: the table and its index where there are none, then the rows found there."""
