"""How far coders agree beyond chance, when they label units and when they mark stretches of a text."""
