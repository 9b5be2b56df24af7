"""Does this table contradict the method: verdict, validity within lists, predictive checks, methods side by side."""
