"""What the command line prints and writes: tables, JSON, files."""
