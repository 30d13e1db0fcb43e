"""Formulas and pictures on a page: equations broken into lines, and documents for LaTeX."""
