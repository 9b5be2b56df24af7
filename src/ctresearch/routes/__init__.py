"""Where and when: flows between places, what draws them, and whether they change or only detection does."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
