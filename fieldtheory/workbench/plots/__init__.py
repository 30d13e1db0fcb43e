"""Pictures of learning curves and flows."""
