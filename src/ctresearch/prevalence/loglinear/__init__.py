"""How many, by log-linear models: their terms, whether an estimate exists, the choice of a model, its fit and its limits."""
