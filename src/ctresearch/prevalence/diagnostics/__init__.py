"""Does this table contradict the method: verdict, validity within the lists, predictive checks, methods side by side."""
