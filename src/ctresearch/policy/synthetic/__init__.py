"""What would have been: one unit under a law against a weighted mean of units without it."""
