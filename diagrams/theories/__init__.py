"""Perturbation theories: fields, propagators and vertices, and where they come from."""
