"""Exponents of learning curves from the singularities of kernels."""
