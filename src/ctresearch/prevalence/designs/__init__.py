"""How far the number depends on design and definition, and how it is reported."""
