"""Lattice models as products of factors, and their exact joint tables."""
