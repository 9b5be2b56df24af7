"""How many, from how many of them the people of a survey know."""
