"""For mutmut's first pass over the tests: programs that a test starts are not asked which functions they reach.

mutmut counts in the process of the tests alone, yet what runs the package elsewhere inherits the question and stops
where it finds no settings of mutmut, such as the run of a bundle in a folder of its own.
"""

from __future__ import annotations

import os


def pytest_configure() -> None:
    """Keep the question in this process, where mutmut holds it too."""
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        del os.environ["MUTANT_UNDER_TEST"]
