"""Where sweeps are kept: a Zarr store, who writes it, and what says that it is whole."""
