"""Regressions that effects lean on, and how well they predict."""
