"""How many, when counts are known as ranges or some patterns cannot occur."""
