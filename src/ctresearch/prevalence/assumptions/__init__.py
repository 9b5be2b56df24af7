"""Populations under an identifying assumption that is chosen by name, with its sensitivity curve."""
