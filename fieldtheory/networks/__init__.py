"""Networks of infinite width and their kernels."""
