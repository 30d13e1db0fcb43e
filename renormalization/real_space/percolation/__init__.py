"""Percolation in real space: cells as maps of the occupation, and mazes with what a shallow search misses."""
