"""Functions on the unit sphere: harmonics, their features and polynomials, tables of zonal kernels."""
