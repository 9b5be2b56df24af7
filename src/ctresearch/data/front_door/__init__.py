"""One front door for a file of one's own: its shape, a plan that is shown and kept, and the table it makes."""
