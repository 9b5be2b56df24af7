"""Studies: a notebook, its parameters and its data become outputs that anyone can run again, verify and cite.

A notebook asks for :func:`current_run`; the command line runs, checks, compares and releases. Nothing here knows any
statistics.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
