"""Who in a table of records could be found, and what would be learned."""
