"""How often a method is right on populations of known size."""
