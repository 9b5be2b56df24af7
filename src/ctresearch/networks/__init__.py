"""Who: structure, roles, key players and disruption of criminal networks, what is unseen of them, how they operate."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
