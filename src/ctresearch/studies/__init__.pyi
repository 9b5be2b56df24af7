from .current import Run as Run
from .current import current_run as current_run
