"""How many, where lists came late, hold people wrongly, or were noised before they were shared."""
