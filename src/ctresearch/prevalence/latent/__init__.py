"""How many, when people differ in ways nobody recorded: latent classes."""
