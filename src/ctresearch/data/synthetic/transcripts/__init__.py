"""Invented transcripts in eight languages, with planted identifiers whose every place is known."""
