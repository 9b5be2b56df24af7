"""What it costs: health of survivors, and a society's money."""
