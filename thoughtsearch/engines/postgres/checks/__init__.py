"""The checks of `doctor` on PostgreSQL."""
