"""What follows from everything that leaves together, for an outsider and for somebody in it."""
