"""How many in regions and years, one by one and together."""
