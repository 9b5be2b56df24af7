"""How many, where one list is a random sample of the population."""
