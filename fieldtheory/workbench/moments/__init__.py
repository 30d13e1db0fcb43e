"""What a given network makes of the moments of its inputs, as a user calls it."""
