"""Whose removal breaks a group, and whether it recovers."""
