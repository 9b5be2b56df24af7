"""How many, from one list on which people stand once or more often."""
