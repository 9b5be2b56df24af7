"""Where a notebook runs: the kernel and its server."""
