"""How long something lasts: survival curves, intervals, recurrence."""
