"""Where runs are kept, and how a finished one is read back."""
