"""Whether it changes: trends, breaks, forecasts, alarms and entries that come late."""
