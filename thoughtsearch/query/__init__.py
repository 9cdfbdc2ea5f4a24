"""The query language: text and arguments into one tree, and the plain-Python meaning of that tree."""
