"""How many, by log-linear models: terms, whether an estimate exists, the choice of a model, its fit and limits."""
