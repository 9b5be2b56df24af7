from . import core as core

__version__: str
