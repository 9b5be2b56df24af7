"""How a duration ends, where it can end in several ways."""
