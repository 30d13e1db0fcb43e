"""Renormalisation as a map of couplings: fixed points, exponents, flows."""
