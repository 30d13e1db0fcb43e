"""Effective Hamiltonians of coarse variables, exact and by diagrams."""
