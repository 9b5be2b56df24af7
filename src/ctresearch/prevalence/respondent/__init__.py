"""How many have a trait, and how many there are, from people who recruited one another."""
