"""What was measured, and what it cannot say: detection is not occurrence."""
