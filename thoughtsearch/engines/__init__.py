"""The one folder that knows a database."""
