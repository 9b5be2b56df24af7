"""What draws flows: gravity models, with counts that are known as ranges and corridors that nobody reported."""
