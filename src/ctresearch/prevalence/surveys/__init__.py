"""How many, from a sample that a design drew: surveys, screening, sensitive questions, two samples, small areas."""
