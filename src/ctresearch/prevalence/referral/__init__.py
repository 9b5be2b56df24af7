"""How many, where lists refer people to one another and say when."""
