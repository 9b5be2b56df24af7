"""Tables out: what an output could reveal about a person, how to protect it, and the gate that everything leaves by."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
