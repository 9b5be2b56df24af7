"""What is assumed, drawn as a graph: adjustment, bad controls, biases, and what the graph implies for data."""
