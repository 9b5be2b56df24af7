"""Which help helps: trials of campaigns, reintegration with people lost to sight, scales, and paths of referral."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
