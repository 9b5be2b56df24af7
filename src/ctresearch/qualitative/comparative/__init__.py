"""Which combinations of conditions go with an outcome, and what the evidence of one case says for an explanation."""
