"""The self-consistent saddle point: the effective ridge and what follows from it."""
