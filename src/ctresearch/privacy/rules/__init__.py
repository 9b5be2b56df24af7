"""What an output may not show, one rule a file."""
