"""How do people code who have no tool: a page that works without a connection."""
