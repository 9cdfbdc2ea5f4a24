"""One module for each command, with its `command`. Nothing imports them but the group, by name."""
