"""What laws say: a coded index with the agreement of its coders, and clauses that one law took from another."""
