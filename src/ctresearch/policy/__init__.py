"""What a law or a policy did, to what, and how sure that is: panels, series, adoption, paths through justice."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
