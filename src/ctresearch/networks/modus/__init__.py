"""How they operate: scripts, kinds of cases, associations."""
