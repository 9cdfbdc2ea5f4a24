"""The checks of `doctor` on SQLite."""
