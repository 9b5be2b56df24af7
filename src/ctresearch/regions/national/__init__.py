"""How many in each country of a region, those without a survey included, and how far off such a number may be."""
