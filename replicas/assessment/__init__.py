"""How far to trust a theory: the best one, error bars, exact small training sets."""
