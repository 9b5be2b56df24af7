from .asked.manifest import Study as Study
from .asked.manifest import load_study as load_study
from .door.current import Run as Run
from .door.current_run import current_run as current_run
from .kept.record import RunRecord as RunRecord
from .received.released_study import ReleasedStudy as ReleasedStudy
from .running.run import run_study as run_study
