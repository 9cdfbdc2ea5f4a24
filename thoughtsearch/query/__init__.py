"""The query language: parses text and arguments into one tree, and defines in plain Python what the tree means."""
