"""How coded material comes from other tools and goes to them, with nothing lost that the standard can hold."""
