"""Whether studies still give what was accepted, each for itself, and who is told of it."""
