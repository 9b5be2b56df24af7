"""How many, when no single model is chosen: averages over graphs, models and thresholds."""
