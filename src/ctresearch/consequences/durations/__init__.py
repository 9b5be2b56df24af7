"""Durations read once: when observation began and ended, designs, life tables, weights."""
