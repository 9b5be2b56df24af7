"""Adults and children apart, and rows of estimates by group."""
