"""Diagrams as matrices of packed lines: growth row by row, the largest matrix, canonical order, cuts."""
