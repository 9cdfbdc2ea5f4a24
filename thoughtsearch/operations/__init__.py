"""Everything else that is done with thoughts: adding, importing, embedding, indexing, moving, mending."""
