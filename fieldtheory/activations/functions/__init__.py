"""The activations known by name, one a file."""
