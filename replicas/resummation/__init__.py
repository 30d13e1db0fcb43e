"""Resummations: infinite classes of words summed through a fixed point."""
