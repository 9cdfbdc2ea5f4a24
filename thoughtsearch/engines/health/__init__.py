"""What is looked at in a database to see whether it is well, and what mends it: part by part."""
