"""Layers beside those of lattice models: Gaussian, closed forms, evidence, trained and best rules."""
