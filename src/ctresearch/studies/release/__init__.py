"""What is published, verified and withdrawn."""
