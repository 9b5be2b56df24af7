"""How many, by the classical models of a closed population, and at least how many."""
