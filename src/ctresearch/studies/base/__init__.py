"""What every part stands on: errors, locks, the archive."""
