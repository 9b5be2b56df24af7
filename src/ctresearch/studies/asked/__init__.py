"""What is asked: the manifest, its parameters, its data, and the identity of a run."""
