"""Funk-Hecke eigenvalues of zonal kernels, with every digit accounted for."""
