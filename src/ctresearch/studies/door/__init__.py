"""The one door between a notebook and its run."""
