"""What mutation runs ask of pytest: a quiet child, a shared cache of kernels, and which tests reach which kernel.

mutmut counts in the process of the tests alone, yet what runs the package elsewhere inherits the question and stops
where it finds no settings of mutmut, such as the run of a bundle in a folder of its own. Kernels are compiled once for
all copies of the package, since their folder in the cache is already named by what they are compiled from. Where
``CTRESEARCH_KERNELS_REACHED`` names a file, the tests that call a kernel of each source file are written there, with
the seconds of processor time of every test; where it is there already, a test that takes ten times as long is ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

REACHED = "CTRESEARCH_KERNELS_REACHED"
SECONDS = 120  # of processor time for any test: what a kernel and all that call it take to compile, and more

_called: set[str] = set()
_tests: dict[str, set[str]] = defaultdict(set)
_seconds: dict[str, float] = {}


def pytest_configure() -> None:
    """Keep mutmut's question in this process, share compiled kernels, and watch them where that is asked."""
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        del os.environ["MUTANT_UNDER_TEST"]
    _share_kernels()
    if REACHED in os.environ and not Path(os.environ[REACHED]).is_file():
        _watch_kernels()


def _share_kernels() -> None:
    """Let copies of the package in different folders find the same compiled kernels."""
    from numba.core import caching

    caching.UserProvidedCacheLocator.get_suitable_cache_subpath = classmethod(lambda cls, file: "shared")  # type: ignore[method-assign]


def _watch_kernels() -> None:
    """Note the file of every kernel that Python calls."""
    from numba.core.registry import CPUDispatcher

    call = CPUDispatcher.__call__

    def noted(self: Any, *args: Any, **options: Any) -> Any:
        _called.add(self.py_func.__code__.co_filename)
        return call(self, *args, **options)

    CPUDispatcher.__call__ = noted


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Time a test, note its kernels, and end one that a mutant keeps from ending."""
    if REACHED not in os.environ:
        return (yield)
    there = Path(os.environ[REACHED])
    known = json.loads(there.read_text(encoding="utf-8"))["seconds"] if there.is_file() else {}
    began = time.process_time()
    _called.clear()
    if known:
        limit = int(began + SECONDS + 10 * known.get(item.nodeid, 1.0))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    with contextlib.ExitStack() as after:
        after.callback(_note, item.nodeid, began)
        return (yield)


def _note(test: str, began: float) -> None:
    """Keep what a test called and how long it took."""
    _seconds[test] = time.process_time() - began
    for file in _called:
        _tests[file].add(test)


def pytest_sessionfinish(exitstatus: int) -> None:
    """Write what was watched, if every test passed."""
    there = Path(os.environ.get(REACHED, ""))
    if REACHED in os.environ and not there.is_file() and exitstatus == 0:
        tests = {file: sorted(names) for file, names in sorted(_tests.items())}
        there.write_text(json.dumps({"tests": tests, "seconds": _seconds}), encoding="utf-8")
