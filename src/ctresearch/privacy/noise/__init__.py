"""Counts that are rounded or noised, and the ledger of what that cost."""
