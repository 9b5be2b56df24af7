"""Across borders: estimates of countries, strata and studies pooled, with how much they differ."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
