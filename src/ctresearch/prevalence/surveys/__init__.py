"""How many, from a sample that a design drew: totals, screening error, sensitive questions, two samples, small areas."""
