"""Whether numbers still are what they were."""
