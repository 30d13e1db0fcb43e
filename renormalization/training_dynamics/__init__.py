"""Kernels that move while a wide network is trained: dynamical mean-field theory, and real networks."""
