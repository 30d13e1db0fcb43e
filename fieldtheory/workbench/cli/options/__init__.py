"""Options of the command line: how they are declared and read."""
