"""Activation functions and their Gaussian averages."""
