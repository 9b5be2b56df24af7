"""Tables in: published tables of lists, each with its citation and whom it counts."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
