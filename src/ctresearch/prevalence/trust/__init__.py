"""Whether a table of lists bears an estimate: lists that repeat one another, people who differ, lists that repel."""
