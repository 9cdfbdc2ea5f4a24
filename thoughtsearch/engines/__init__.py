"""What knows a database: `contract/` is what every engine must do, `sqlite/` and `postgres/` do it."""
