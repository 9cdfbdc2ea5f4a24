"""A search, step by step: `pipeline.py` is the way through."""
