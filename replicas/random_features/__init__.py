"""Regression on random features: corrections in one over their number."""
