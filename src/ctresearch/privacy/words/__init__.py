"""What says that something is a person."""
