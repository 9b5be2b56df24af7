"""What all tests share."""

import gc
import lzma
import os
import tempfile
from functools import lru_cache, partial
from pathlib import Path

from hypothesis import HealthCheck, settings

from ctresearch.studies.base.schemas import without_iri_grammar

pytest_plugins = ["shares"]  # which process takes which files

# Matplotlib keeps a list of the fonts that it found: neither in the user's own folder nor found anew by each process.
os.environ.setdefault("MPLCONFIGDIR", str(Path(__file__).resolve().parents[1] / ".cache" / "matplotlib"))
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="ctresearch-data-")  # where a user's own key is made

with without_iri_grammar():  # as the library loads it, whichever test is the first to ask for notebooks
    import jsonschema  # noqa: F401

# Neither a first example that compiles nor a busy machine is a fault: no example is held to a clock.
NO_CLOCK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=40, **NO_CLOCK)
settings.register_profile("thorough", max_examples=400, **NO_CLOCK)  # `make test-all` asks for it
settings.load_profile("quick")

gc.disable()  # until all is collected, since all of it stays

# Every release of the tests puts one and the same wheel into a store of its own: packed once, and not for its size.
lzma.compress = lru_cache(maxsize=2)(partial(lzma.compress, preset=0))


def pytest_collection_finish():
    """Leave a million objects of what was collected out of every search for rubbish, and search again from here on."""
    gc.freeze()
    gc.enable()
