"""Which cells must be masked, and as many more as it takes to hide them."""
