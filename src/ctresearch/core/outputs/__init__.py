"""What an output is, what it is called, and how it is said."""
