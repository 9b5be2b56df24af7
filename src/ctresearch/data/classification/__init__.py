"""Questionnaires in, status out: published definitions of trafficking and forced labour as rules that leave a trace."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
