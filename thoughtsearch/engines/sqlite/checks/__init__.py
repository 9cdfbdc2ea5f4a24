"""What `doctor` looks at on SQLite."""
