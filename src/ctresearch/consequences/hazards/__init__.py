"""What shortens or lengthens a duration: hazard models."""
