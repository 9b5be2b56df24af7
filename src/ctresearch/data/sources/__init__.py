"""The field's own files and vocabularies, and crosswalks between its standards."""
