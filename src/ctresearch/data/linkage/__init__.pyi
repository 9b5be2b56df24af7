from .link import link as link
from .result import Linkage as Linkage
