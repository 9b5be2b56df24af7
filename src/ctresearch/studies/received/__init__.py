"""Which released bundles a study takes as data: found, verified, and handed to its notebook without anything else."""
