"""Simulations: exact regression on drawn data sets."""
