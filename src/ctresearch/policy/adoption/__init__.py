"""What a law did that countries adopted in different years."""
