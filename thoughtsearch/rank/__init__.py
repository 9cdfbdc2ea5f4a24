"""What is the same for every engine once the rows are there: the score's formula, snippets, explanations."""
