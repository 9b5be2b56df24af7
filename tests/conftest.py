"""What all tests share."""

import os
import tempfile

from hypothesis import HealthCheck, settings

# Matplotlib and the compiled kernels write caches; a test run keeps matplotlib's out of the user's own.
os.environ.setdefault("MPLCONFIGDIR", tempfile.mkdtemp(prefix="ctresearch-mpl-"))
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="ctresearch-data-")  # where a user's own key is made

# Neither a first example that compiles nor a busy machine is a fault: no example is held to a clock.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")
