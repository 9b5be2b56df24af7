"""How strong a hidden cause would have to be to undo an effect, and what holds whatever it is."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
