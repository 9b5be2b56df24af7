"""Who vouches for a release, and what has become of each: signatures, trust, and the ledger that only grows."""
