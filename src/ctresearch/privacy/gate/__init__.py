"""The door: every output is judged here, or does not leave."""
