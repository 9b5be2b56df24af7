"""Invented data with known truth, one seeded generator for each kind of data the field works with."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
