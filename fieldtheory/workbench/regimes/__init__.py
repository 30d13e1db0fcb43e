"""Training regimes measured: what perceptrons and small networks can store, and how they learn."""
