"""What a network looks like: drawings, and a page to explore."""
