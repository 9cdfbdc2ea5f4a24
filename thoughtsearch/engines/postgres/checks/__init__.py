"""What `doctor` looks at on PostgreSQL."""
