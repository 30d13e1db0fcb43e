"""Renormalisation in real space, one file a command."""
