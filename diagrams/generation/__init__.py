"""Generation: which diagrams a theory has at an order, each isomorphism class once."""
