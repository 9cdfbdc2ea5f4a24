"""SQLite as an engine. The files have the names of their counterparts in `postgres/`."""
