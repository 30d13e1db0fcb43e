"""The self-energy as words and tables of words."""
