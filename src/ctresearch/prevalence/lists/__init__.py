"""What multiple systems estimation starts from: who stands on which lists, in every shape in which people keep them."""
