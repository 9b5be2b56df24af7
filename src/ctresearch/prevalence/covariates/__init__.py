"""How many, when what is known of each person says how likely they are listed."""
