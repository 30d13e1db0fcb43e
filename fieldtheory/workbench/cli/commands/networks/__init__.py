"""What is asked about networks, one file a command."""
