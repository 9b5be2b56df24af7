"""What is left of an effect if trends were not quite parallel."""
