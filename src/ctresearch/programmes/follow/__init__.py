"""What becomes of people, some of whom are lost to sight."""
