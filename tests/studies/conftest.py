"""What tests of publishing share: one small project that is run and released once."""

from publication import publication

__all__ = ["publication"]
