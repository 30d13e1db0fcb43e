"""Cumulants of data made from Gaussian fields, as diagrams."""
