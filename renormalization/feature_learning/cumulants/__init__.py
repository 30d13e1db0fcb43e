"""Cumulants of the prior over functions: the posterior in powers of 1/n."""
