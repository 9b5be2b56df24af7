"""Voices and numbers side by side: joint displays, what agrees, types of cases for models, codes as variables."""
