"""The field's own files and vocabularies."""
