"""Whether questions measure one thing, and how well."""
