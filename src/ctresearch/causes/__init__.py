"""Why: assumptions drawn as a graph, effects that rest on them, and how strong a hidden cause would undo each."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
