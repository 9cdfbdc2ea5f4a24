"""A search, step by step; start reading at `search.py`. (The public `thoughtsearch.search` is a function.)"""
