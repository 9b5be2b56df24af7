"""Which words stand for people, totals, places, models and all else that the rules look for: lists, no patterns."""
