"""Learning curves as a user calls them."""
