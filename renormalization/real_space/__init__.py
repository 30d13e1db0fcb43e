"""Renormalisation in real space: lattice models, coarse-graining rules, and what they keep, exactly."""
