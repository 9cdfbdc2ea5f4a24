"""Reads thoughts from sources: reads their records, maps them to the table's columns, loads them in batches."""
