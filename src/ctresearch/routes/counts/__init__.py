"""How many: counts as sources report them, masked ones among them, and what they tell of a mean."""
