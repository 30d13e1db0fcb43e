"""The replicated action of regression, its diagrams and their formulas."""
