"""What a network is made of: actors, ties, the evidence behind each, and who is kept out of every set of targets."""
