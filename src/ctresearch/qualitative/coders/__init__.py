"""How far coders agree, where they part, and how much must be coded twice to know it."""
