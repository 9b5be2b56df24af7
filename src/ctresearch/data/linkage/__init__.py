"""Lists of persons in, inclusion patterns out: probabilistic record linkage on keyed codes, with its errors."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
