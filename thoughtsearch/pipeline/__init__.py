"""A search, step by step: `search.py` is the way through. (The public `thoughtsearch.search` is a function.)"""
