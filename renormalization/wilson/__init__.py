"""The Wilson flow of regression in the cut-off degree."""
