"""What people say and what cases tell: codes and how far coders agree, patterns across cases, texts, and their safety."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
