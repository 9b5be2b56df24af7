"""Errors and limits that hold with few clusters."""
