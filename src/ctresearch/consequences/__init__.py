"""What it does: durations, recorded re-trafficking, health burden and the cost to society."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
