"""What a network does to the cumulants of its inputs, beyond the Gaussian closure."""
