"""What every engine must do, and what the rest of the program may ask of it."""
