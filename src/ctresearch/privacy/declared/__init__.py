"""What an output declares: its tables with what each column means and whom it counts."""
