"""Whether Markov chains have settled, and how many draws they are worth."""
