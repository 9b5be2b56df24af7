"""What makes a tie likely."""
