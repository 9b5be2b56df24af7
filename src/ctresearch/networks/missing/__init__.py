"""What was not seen, and what the seen part can still say."""
