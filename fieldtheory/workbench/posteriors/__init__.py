"""Posteriors of networks as a user calls them: theories, samples, curves along the width."""
