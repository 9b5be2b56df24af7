"""What people say and what cases tell: patterns across cases, texts as data, voices beside numbers, safe words."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
