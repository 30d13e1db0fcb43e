"""Choice of hyper-parameters by theory: what may vary, what is sought, how, and what the bar leaves open."""
