"""Who was treated when: panels of countries and years, the comparisons a model makes of them, and regressions."""
