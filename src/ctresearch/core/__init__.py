"""Words that every room speaks: results, checks, errors, seeds, one way to more cores, the house style of pictures."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
