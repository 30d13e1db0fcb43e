"""How many patterns a perceptron stores, with which margin: counted, and by replicas."""
