"""The table of a study read once, and what every effect says beside its number."""
