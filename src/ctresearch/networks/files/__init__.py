"""Networks from matrices and from the files of other programs."""
