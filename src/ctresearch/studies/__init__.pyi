from .current import Run as Run
from .current_run import current_run as current_run
from .manifest import Study as Study
from .manifest import load_study as load_study
from .record import RunRecord as RunRecord
from .run import run_study as run_study
