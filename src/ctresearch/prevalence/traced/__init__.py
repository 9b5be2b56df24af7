"""How many people there are, where samples met some at random and followed links to others."""
