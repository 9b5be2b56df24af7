"""What they earn and what moves them."""
