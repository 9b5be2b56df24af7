"""Whether it changes, and is that occurrence or detection: trends, breaks, forecasts, alarms, late entries."""
