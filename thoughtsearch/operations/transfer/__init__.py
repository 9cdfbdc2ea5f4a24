"""Moving a database of thoughts to another one, either way between the engines, and proof that both then say the same."""
