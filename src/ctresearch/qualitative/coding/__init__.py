"""Which codes there are and what they mean, and which stretch of which text bears which."""
