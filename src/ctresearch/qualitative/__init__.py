"""What people say: coded segments, how far coders agree, when nothing new comes, exchange with coding tools."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
