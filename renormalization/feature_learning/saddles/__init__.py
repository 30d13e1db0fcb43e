"""The saddle of the discrepancy field, of one hidden layer and of several, and its loops."""
