"""Which roles states have in corridors, and whose agreements cover which."""
