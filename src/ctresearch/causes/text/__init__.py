"""What a graph in text says: arrows, DOT and dagitty, each name and sign with its place."""
