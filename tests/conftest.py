"""What all tests share."""

import gc
import lzma
import os
import tempfile
from functools import lru_cache, partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Matplotlib keeps a list of the fonts that it found: neither in the user's own folder nor found anew by each process.
os.environ.setdefault("MPLCONFIGDIR", str(Path(__file__).resolve().parents[1] / ".cache" / "matplotlib"))
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="ctresearch-data-")  # where a user's own key is made

# Neither a first example that compiles nor a busy machine is a fault: no example is held to a clock.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")

# Every release of the tests puts one and the same wheel into a store of its own: packed once, and not for its size.
lzma.compress = lru_cache(maxsize=2)(partial(lzma.compress, preset=0))


def pytest_collection_finish():
    """Leave a million objects of what was collected out of every later search for rubbish."""
    gc.freeze()


TOGETHER = {"tests/test_every_estimator.py", "tests/test_outputs.py"}  # both look at the fits of tests/fitted.py


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give a file to one worker as a whole, and to the same one the files that share fits."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "fits" if file in TOGETHER else file

    return Together(config, log) if config.getvalue("dist") == "loadfile" else None
