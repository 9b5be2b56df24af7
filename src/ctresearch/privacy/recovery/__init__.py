"""What totals tell of what is masked."""
