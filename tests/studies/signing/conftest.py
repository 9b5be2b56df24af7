"""What tests of signatures share: three keys."""

from signing_keys import keys

__all__ = ["keys"]
