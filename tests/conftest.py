"""What all tests share."""

import os
import tempfile

# Matplotlib and the compiled kernels write caches; a test run keeps matplotlib's out of the user's own.
os.environ.setdefault("MPLCONFIGDIR", tempfile.mkdtemp(prefix="ctresearch-mpl-"))
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="ctresearch-data-")  # where a user's own key is made
