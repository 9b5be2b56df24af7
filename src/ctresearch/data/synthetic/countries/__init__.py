"""A region of invented countries: what happens in it, what is seen of that, and what is published."""
